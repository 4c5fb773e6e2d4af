"""TOML files that overlay each other, and the lines their keys stand on."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True)
class Layer:
    """One source of settings; `text` is None for a source that has no lines."""

    source: str
    table: Mapping[str, Any]
    text: str | None = None

    def holds(self, path: Sequence[str | int]) -> bool:
        """Return whether something is written at `path`."""
        return _holds(self.table, path)

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line `path` is written on, None where there are no lines."""
        return None if self.text is None else locate_key(self.text, path)


def read_layer(path: Path) -> Layer:
    """Read a TOML file.

    Raises:
        SettingsInvalidError: With the line where reading stopped.
    """
    source = shown_path(path)
    text = _read_text(path, source)
    try:
        return Layer(source, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(error, source, text) from error


def merge(layers: Iterable[Layer]) -> dict[str, Any]:
    """Return one table in which later layers win; tables are merged, lists replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _overlay(merged, layer.table)
    return merged


def locate_key(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line on which the statement begins that first writes `path`, None if none does.

    The file is read again and again, one line more each time: the statement is what the first reading
    with `path` has and the last good one before it has not. So every notation TOML has for a key is
    understood, and text in strings or comments is never taken for one.
    """
    # Only "\n" ends a line in TOML; `splitlines` knows more line ends.
    lines = text.split("\n")
    begin = 0
    for end in range(1, len(lines) + 1):
        try:
            table = tomllib.loads("\n".join(lines[:end]) + "\n")
        except tomllib.TOMLDecodeError:
            continue
        if _holds(table, path):
            return begin + 1
        begin = end
    return None


def shown_path(path: Path) -> str:
    """Return `path` from the working directory, or whole where that is shorter."""
    try:
        return min(os.path.relpath(path), str(path), key=len)
    except FileNotFoundError:  # the working directory was deleted
        return str(path)


def _holds(value: Any, path: Sequence[str | int]) -> bool:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _read_text(path: Path, source: str) -> str:
    try:
        # Some editors begin a file with a byte order mark.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsInvalidError("the file is not UTF-8 text", place=source) from error
    except OSError as error:
        raise SettingsInvalidError(f"cannot be read: {error.strerror}", place=source) from error


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _not_toml(error: tomllib.TOMLDecodeError, source: str, text: str) -> SettingsInvalidError:
    # tomllib tells the line only inside its message; "end of document" is the last line with text.
    message = str(error)
    position = _POSITION.search(message)
    line = (position and position[1]) or len(text.rstrip().splitlines()) or 1
    sentence = _POSITION.sub("", message)
    return SettingsInvalidError(
        f"not valid TOML: {sentence[:1].lower()}{sentence[1:]}", place=f"{source}:{line}"
    )
