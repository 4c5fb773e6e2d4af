"""Files that people write, as text: whatever cannot be read as such is said with its place."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.errors import InvalidInputError

MIB = 1024 * 1024
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class TextError(Exception):
    """A file is not a text of a sensible size; `at` is line and column where there is such a place."""

    def __init__(self, reason: str, at: tuple[int, int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def read_text(path: Path, max_bytes: int = MIB) -> str:
    """Return the text of a file, without a byte order mark.

    Raises:
        TextError: The file cannot be read, is larger than `max_bytes`, or is not UTF-8.
    """
    return _decode(_read_bytes(path, max_bytes))


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


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise TextError("is a directory, a file is expected here")
        if not stat.S_ISREG(mode):  # a pipe would block, a device might never end
            raise TextError("is not a regular file")
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as cause:
        raise TextError(f"cannot be read: {_os_reason(cause)}") from None
    if len(content) > max_bytes:
        raise TextError(f"is larger than {max_bytes / MIB:g} MiB")
    return content


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TextError("is UTF-16 text, save it as UTF-8")
    if b"\0" in content:
        raise TextError("is a binary file, not YAML text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        before = cause.object[: cause.start].decode("utf-8")
        reason = f"the byte 0x{cause.object[cause.start]:02X} is not UTF-8 text"
        raise TextError(reason, position_after(before)) from None
