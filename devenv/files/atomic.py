"""Files that are either the old ones or the new ones, never half of either."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.errors import DevenvError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECOND_NS = 1_000_000_000


def make_directory(path: Path, mode: int) -> None:
    """Make `path` a directory of `mode`, whatever the umask; its parents are the system's affair."""
    with explained("make", path):
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        path.chmod(mode)


def write_atomically(path: Path, data: bytes, mode: int) -> bool:
    """Make `path` a file of `data` and `mode`, whatever the umask; return whether the data changed."""
    with explained("write", path):
        if path.is_file() and path.read_bytes() == data:
            path.chmod(mode)
            return False
        _replace(path, data, mode)
        return True


def renew(path: Path, data: bytes, mode: int) -> None:
    """Make `path` a new file of `data` and `mode`, modified at least a second after the one before it.

    Who looks at nothing but the time of modification, even in whole seconds, sees that it has changed.
    """
    with explained("write", path):
        before = path.stat().st_mtime_ns if path.exists() else 0
        _replace(path, data, mode, modified_ns=max(time.time_ns(), before + _SECOND_NS))


def _replace(path: Path, data: bytes, mode: int, modified_ns: int | None = None) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        _fill(descriptor, data, mode)
        if modified_ns is not None:
            os.utime(temporary, ns=(modified_ns, modified_ns))
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def write_new(path: Path, text: str) -> bool:
    """Write `path`, and the directories it needs, unless it exists; return whether it was written."""
    with explained("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            return False
        return True


def read_if_there(path: Path) -> bytes | None:
    """Return the content of the file `path`, None if there is none."""
    with explained("read", path):
        return path.read_bytes() if path.is_file() else None


def remove(path: Path) -> None:
    """Remove the file `path`; without it, it is done already."""
    with explained("remove", path):
        path.unlink(missing_ok=True)


@contextmanager
def explained(verb: str, path: Path) -> Iterator[None]:
    """Turn the system's refusal to `verb` something at `path` into a `DevenvError`."""
    try:
        yield
    except OSError as error:
        raise DevenvError(f"Cannot {verb} {path}: {error.strerror or error}", hint=_hint(error)) from error


def check_plain(path: Path) -> None:
    """Raise if something is at `path` that is no regular file; nothing at all is fine.

    Raises:
        DevenvError: With what it is.
    """
    if not os.path.lexists(path):
        return
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "no regular file"
        raise DevenvError(f"{path} is {kind}, devenv keeps a file there", hint=_IN_THE_WAY)


_IN_THE_WAY = "look at what is there, move it away, and run the command again"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM)
_OF_ANOTHER_KIND = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY)


def _hint(error: OSError) -> str:
    if error.errno in _FULL:
        return "make room there, and run the command again"
    if error.errno in _DENIED:
        return "give the directory back to your user, and run the command again"
    if error.errno == errno.EROFS:
        return "the file system is read-only: choose another place by XDG_STATE_HOME, or make it writable"
    if error.errno in _OF_ANOTHER_KIND:
        return _IN_THE_WAY
    return "look at the directory and its rights, and run the command again"


def _fill(descriptor: int, data: bytes, mode: int) -> None:
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
