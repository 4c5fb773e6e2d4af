"""The file of a stack that one devenv process of this user at a time has locked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from devenv.errors import StackBusyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from filelock import FileLock

_PRIVATE = 0o600


def file_lock(path: Path) -> FileLock:
    """Return a lock on a file that only this user can read; it is not taken yet."""
    from filelock import FileLock

    return FileLock(path, mode=_PRIVATE)


def acquire(lock: FileLock, name: str, timeout: timedelta, on_wait: Callable[[], None]) -> None:
    """Take the lock of the stack `name`; `on_wait` is called once if another process has it.

    Raises:
        StackBusyError: That process still has it after `timeout`.
    """
    try:
        lock.acquire(timeout=0)
    except TimeoutError:
        on_wait()
    else:
        return
    started = time.monotonic()
    try:
        lock.acquire(timeout=timeout.total_seconds())
    except TimeoutError as error:
        raise StackBusyError(name, time.monotonic() - started) from error
