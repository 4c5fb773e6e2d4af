"""TOML files that overlay each other, and the lines their keys stand on."""

from __future__ import annotations

import functools
import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError
from devenv.files.text import KIB, TextError, read_text
from devenv.files.toml_statements import TomlLimitError, lines_of_keys, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from devenv.files.toml_statements import KeyPath

MOST_BYTES = 256 * KIB
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE_WORD = re.compile(r"[A-Za-z][\w.:/-]*")


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
        return self._lines.get(tuple(path))

    @functools.cached_property
    def _lines(self) -> Mapping[KeyPath, int]:
        return {} if self.text is None else lines_of_keys(self.text)


def read_layer(path: Path, *, inside: Path | None = None) -> Layer:
    """Read a TOML file; `inside` is the directory in which it must lie once links are followed.

    Raises:
        SettingsInvalidError: With the line where reading stopped.
    """
    source = shown_path(path)
    try:
        text = read_text(path, MOST_BYTES, inside=inside)
    except TextError as error:
        place = f"{source}:{error.at[0]}" if error.at else source
        raise SettingsInvalidError(error.reason, place=place) from None
    try:
        return Layer(source, _read_toml(text), text)
    except TomlLimitError as error:
        raise SettingsInvalidError(error.reason, place=f"{source}:{error.line}") from None
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(error, source, text) from error


def _read_toml(text: str) -> dict[str, Any]:
    for _ in statements(text):
        pass  # only its limits matter here
    return tomllib.loads(text)


def merge(layers: Iterable[Layer]) -> dict[str, Any]:
    """Return one table in which later layers win; tables are merged, lists replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _overlay(merged, layer.table)
    return merged


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
    word = _bare_word(text, int(position[1]), int(position[2])) if position and position[1] else None
    advice = f'; put quotes around it: "{word}"' if word and sentence == "Invalid value" else ""
    return SettingsInvalidError(
        f"not valid TOML: {sentence[:1].lower()}{sentence[1:]}{advice}", place=f"{source}:{line}"
    )


def _bare_word(text: str, line: int, column: int) -> str | None:
    """Return the word without quotes that stands there, if one does; both count from 1."""
    written = text.split("\n")[line - 1][column - 1 :]
    word = _BARE_WORD.match(written)
    return word[0] if word else None
