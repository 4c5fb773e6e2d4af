"""Who uses a stack, for as long as they live."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from devenv.files.atomic import explained

if TYPE_CHECKING:
    from pathlib import Path


class Lease:
    """A share in the use of a stack until it is closed; the kernel closes those of a process that is gone.

    It is taken, asked and closed by who has the stack's lock: to ask lets go of the share for a moment.
    """

    def __init__(self, path: Path) -> None:
        with explained("lock", path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @property
    def is_shared(self) -> bool:
        """Whether somebody else has a share too."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        return False

    def close(self) -> None:
        """Give the share back."""
        os.close(self._descriptor)
