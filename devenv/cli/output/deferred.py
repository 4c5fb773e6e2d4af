"""Progress that may never come: most calls of `status` have nothing to report."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.cli.output.live import LiveReporter
    from devenv.cli.output.plain import PlainReporter, StepsReporter
    from devenv.events import Event


class DeferredReporter:
    """Hands events to a reporter for people that is made for the first of them, and imports Rich then."""

    def __init__(self, make: Callable[[], LiveReporter | PlainReporter | StepsReporter]) -> None:
        self._make = make
        self._made: LiveReporter | PlainReporter | StepsReporter | None = None
        # Steps side by side may both be the first.
        self._lock = Lock()

    def report(self, event: Event) -> None:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        self._made.report(event)

    def close(self) -> None:
        """Close the reporter, if there was anything to report."""
        if self._made is not None:
            self._made.close()
