"""Waiting for something to become so, with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

POLL_S = 0.1


def eventually(look: Callable[[], T], *, within_s: float = 20) -> T:
    """Return what `look` returns as soon as that is true in a condition; a failing `look` is tried again."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            found = look()
            problem = f"it is {found!r}"
        except Exception as error:
            if time.monotonic() > deadline:
                raise
            found, problem = None, repr(error)
        if found:
            return found
        assert time.monotonic() < deadline, f"not so after {within_s} s: {problem}"
        time.sleep(POLL_S)
