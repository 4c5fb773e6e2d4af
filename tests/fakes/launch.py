"""A launch that ends at once, or fails when it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.errors import DevenvError


@dataclass
class FakeLaunch:
    """A `Launch` that has succeeded, or failed with `failure`.

    `replaces_until` says when its engine has replaced everything; `when_ended` is called when it is ended.
    """

    failure: DevenvError | None = None
    replaces_until: Callable[[], bool] = lambda: True
    when_ended: Callable[[], None] = lambda: None

    def check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def replacing(self) -> list[str]:
        self.check()
        return [] if self.replaces_until() else ["the engine replaces containers"]

    def wait(self) -> None:
        self.check()

    def end(self) -> None:
        self.when_ended()
