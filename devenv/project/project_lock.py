"""One process at a time at work on a project, whatever the home: the lock of a stack is one home's."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from devenv.errors import StackBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta
    from pathlib import Path

_POLL_S = 0.1


@contextmanager
def project_lock(
    project: Path, stack: str, timeout: timedelta, on_wait: Callable[[], None]
) -> Iterator[None]:
    """Keep every other devenv process away from `project`; `on_wait` is called once if one is at work there.

    The directory itself is locked, so that nothing is written there. One that is gone, or lies on a file
    system without such locks, keeps nobody away.

    Raises:
        StackBusyError: The other process is still at work after `timeout`.
    """
    with ExitStack() as until_done:
        with suppress(OSError):
            descriptor = os.open(project, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            until_done.callback(os.close, descriptor)
            _acquire(descriptor, stack, timeout, on_wait)
        yield


def _acquire(descriptor: int, stack: str, timeout: timedelta, on_wait: Callable[[], None]) -> None:
    began = time.monotonic()
    is_told = False
    while not _is_taken(descriptor):
        if not is_told:
            on_wait()
            is_told = True
        if time.monotonic() - began > timeout.total_seconds():
            raise StackBusyError(stack, time.monotonic() - began)
        time.sleep(_POLL_S)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
