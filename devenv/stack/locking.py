"""One devenv at a time on a stack."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.events import warn
from devenv.project.project_lock import project_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import StackIdentity
    from devenv.stack.dependencies import Dependencies

# How long to wait for another devenv: what brings a stack to its declared state has more patience.
LOCK_TIMEOUT = timedelta(minutes=5)
LONG_LOCK_TIMEOUT = timedelta(minutes=10)


@contextmanager
def locked(stack: StackIdentity, timeout: timedelta, deps: Dependencies) -> Iterator[None]:
    """Keep other devenv processes away from `stack`; to wait for one is said.

    Those of another home of the same user, too: on Docker both would mean the same containers.

    Raises:
        StackBusyError: It has not finished after `timeout`.
    """

    def on_wait() -> None:
        warn(deps.reporter, f"another devenv is changing the stack {stack.name}: waiting for it")

    def on_wait_for_project() -> None:
        warn(deps.reporter, f"another devenv is at work on the project {stack.project}: waiting for it")

    with (
        deps.store.lock(stack.name, timeout, on_wait),
        project_lock(stack.project, stack.name, timeout, on_wait_for_project),
    ):
        yield
