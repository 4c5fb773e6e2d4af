"""One devenv at a time on a stack."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.events import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import StackIdentity
    from devenv.stack.toolkit import Toolkit

# How long to wait for another devenv: what brings a stack to its declared state has more patience.
LOCK_TIMEOUT = timedelta(minutes=5)
LONG_LOCK_TIMEOUT = timedelta(minutes=10)


@contextmanager
def locked(stack: StackIdentity, timeout: timedelta, kit: Toolkit) -> Iterator[None]:
    """Keep other devenv processes away from `stack`; to wait for one is said.

    Raises:
        StackBusyError: It has not finished after `timeout`.
    """

    def on_wait() -> None:
        warn(kit.reporter, f"another devenv is changing the stack {stack.name}: waiting for it")

    with kit.store.lock(stack.name, timeout, on_wait):
        yield
