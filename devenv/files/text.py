"""The one door for files that people write: whatever is not a text of a sensible size is said with its place.

devenv.toml, seeds, dynamic config, overlays and the records of services come in here, and nowhere else. The
door lets in regular files only, inside the project where the caller names one, of a limited size, as UTF-8,
and without a number so long that no reader can make one of it.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.errors import InvalidInputError

KIB = 1024
MIB = 1024 * KIB
MOST_DIGITS = 1000
_PIECE = 64 * KIB
# Without blocking: a pipe that nobody writes to would else hold whoever opens it.
_OPENING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_LONG_NUMBER = re.compile(rf"[0-9][0-9_]{{{MOST_DIGITS},}}")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class TextError(Exception):
    """A file is not a text of a sensible size; `at` is line and column where there is such a place."""

    def __init__(self, reason: str, at: tuple[int, int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def read_text(path: Path, max_bytes: int = MIB, *, inside: Path | None = None) -> str:
    """Return the text of a file, without a byte order mark.

    Args:
        path: The file.
        max_bytes: The most that it may hold.
        inside: The directory in which the file must lie once links are followed; None for a file that the
            user named on the command line, or that devenv ships.

    Raises:
        TextError: The file cannot be read, is not a regular file, lies elsewhere, is larger than `max_bytes`,
            is not UTF-8, or holds a number of more than `MOST_DIGITS` digits.
    """
    text = _decode(read_bytes(path, max_bytes, inside=inside))
    if number := _LONG_NUMBER.search(text):
        reason = f"a number of more than {MOST_DIGITS:,} digits is too long"
        raise TextError(reason, position_after(text[: number.start()]))
    return text


def read_bytes(path: Path, max_bytes: int = MIB, *, inside: Path | None = None) -> bytes:
    """Return the content of a regular file; the arguments are those of `read_text`.

    Raises:
        TextError: The file cannot be read, is no regular file, lies elsewhere, or is larger than `max_bytes`.
    """
    try:
        descriptor = os.open(path, _OPENING)
        try:
            _check_file(descriptor, path, inside)
            return _read_pieces(descriptor, max_bytes)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise TextError(f"cannot be read: {_os_reason(cause)}") from None


def leads_out(path: Path, root: Path) -> bool:
    """Return whether `path` lies outside `root` once links are followed; it need not exist."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def yaml_files(directory: Path, error: type[InvalidInputError]) -> list[Path]:
    """List the `*.yaml` and `*.yml` files of `directory` by name; hidden ones are left out.

    A directory that is not there has no files.

    Raises:
        InvalidInputError: As `error`, when `directory` is something else or may not be listed.
    """
    try:
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        raise error("is a file, a directory is expected here", place=display_path(directory)) from None
    except OSError as cause:
        raise error(f"cannot be listed: {_os_reason(cause)}", place=display_path(directory)) from None
    return [directory / name for name in names if _is_yaml_name(name)]


def display_path(path: Path) -> str:
    """Return `path` relative to the working directory when it lies below it, else absolute."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path.absolute())
    except OSError:  # the working directory was deleted
        return str(path)


def _is_yaml_name(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _os_reason(cause: OSError) -> str:
    return (cause.strerror or str(cause)).lower()


def position_after(before: str) -> tuple[int, int]:
    """Return line and column right after the text `before`."""
    lines = split_lines(before)
    return len(lines), len(lines[-1]) + 1


def split_lines(text: str) -> list[str]:
    """Return the lines of `text` as YAML 1.1 counts them; what ends in a line break has an empty last one."""
    return _LINE_BREAK.split(text)


def _check_file(descriptor: int, path: Path, inside: Path | None) -> None:
    """Refuse what is open at `descriptor` unless it is a regular file, and the one that lies inside."""
    # Of what is open, not of the path: the path may lead elsewhere by now.
    opened = os.fstat(descriptor)
    if stat.S_ISDIR(opened.st_mode):
        raise TextError("is a directory, a file is expected here")
    if not stat.S_ISREG(opened.st_mode):
        raise TextError("is not a regular file")
    if inside is None:
        return
    real = os.path.realpath(path)
    if leads_out(Path(real), inside) or not os.path.samestat(opened, os.lstat(real)):
        raise TextError("is a link that leads out of the project")


def _read_pieces(descriptor: int, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := os.read(descriptor, _PIECE):
        size += len(piece)
        if size > max_bytes:
            raise TextError(f"is larger than {_shown_size(max_bytes)}")
        pieces.append(piece)
    return b"".join(pieces)


def _shown_size(size: int) -> str:
    return f"{size / MIB:g} MiB" if size >= MIB else f"{size / KIB:g} KiB"


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TextError("is UTF-16 text, save it as UTF-8")
    if b"\0" in content:
        raise TextError("is a binary file, not text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        before = cause.object[: cause.start].decode("utf-8")
        reason = f"the byte 0x{cause.object[cause.start]:02X} is not UTF-8 text"
        raise TextError(reason, position_after(before)) from None
