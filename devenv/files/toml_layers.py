"""TOML files that overlay each other, and the lines their keys stand on.

`tomllib` calls itself for each level of brackets, and its time grows with the square of the parts of a dotted
key; so both are limited here before it reads anything.
"""

from __future__ import annotations

import functools
import os
import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError
from devenv.files.text import KIB, TextError, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

KeyPath = tuple[str | int, ...]
"""The way to a value: keys and list indexes, outermost first."""

DEEPEST = 50
MOST_KEY_PARTS = 50
# Each token begins where the one before it ends and gives nothing back: the time grows with the length alone.
_TOKEN = re.compile(
    r'''"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\\?\Z)'''
    r"""|'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)"""
    r"""|"(?:[^"\\\n]++|\\[^\n])*+"?|'[^'\n]*+'?|\#[^\n]*+"""
    r"""|[\[\]{}.=,\n]|[^"'\#\[\]{}.=,\n]++""",
    re.DOTALL,
)
MOST_BYTES = 256 * KIB
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE_WORD = re.compile(r"[A-Za-z][\w.:/-]*")


class TomlLimitError(Exception):
    """The text has more than is read; `line` is where, counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the statements of `text`, each with the line it begins on; blank lines count.

    Only line feeds count as ends of lines, as in TOML.

    Raises:
        TomlLimitError: Brackets are nested deeper than `DEEPEST`, or a key has too many parts.
    """
    starts = [0, *_ends(text)]
    line = 1
    for start, end in pairwise(starts):
        yield line, text[start:end]
        line += text.count("\n", start, end)


def _ends(text: str) -> Iterator[int]:
    """Yield where each statement ends: after a line feed that stands in no brackets and no string."""
    depth = dots = 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case ".":
                dots += 1
            case "[" | "{":
                depth, dots = depth + 1, 0
            case "]" | "}":
                depth, dots = max(depth - 1, 0), 0
            case "=" | ",":
                dots = 0
            case "\n":
                dots = 0
                if depth == 0:
                    yield token.end()
            case _:
                pass
        if depth > DEEPEST or dots >= MOST_KEY_PARTS:
            raise _limit(depth, text.count("\n", 0, token.start()) + 1)
    if not text.endswith("\n") or depth:
        yield len(text)


def _limit(depth: int, line: int) -> TomlLimitError:
    if depth > DEEPEST:
        return TomlLimitError(f"is nested deeper than {DEEPEST} levels", line)
    return TomlLimitError(f"a key has more than {MOST_KEY_PARTS} parts", line)


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """Return for every key and list item of a valid TOML file the line on which it is first written.

    That is the line on which the statement begins. `tomllib` reads each statement alone, so every notation
    that TOML has for a key is understood, and text in strings or comments is never taken for one.
    """
    lines: dict[KeyPath, int] = {}
    arrays: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in statements(text):
        read = tomllib.loads(f"{statement}\n")
        if statement.lstrip().startswith("["):
            table = _opened(read, arrays)
            paths: Iterator[KeyPath] = (table[:length] for length in range(1, len(table) + 1))
        else:
            paths = _paths(read, table)
        for path in paths:
            lines.setdefault(path, line)
    return lines


def _opened(header: dict[str, Any], arrays: dict[KeyPath, int]) -> KeyPath:
    """Return the path of the table that a header opens; `arrays` counts the items of arrays of tables."""
    path: KeyPath = ()
    inner: Any = header
    while inner:
        ((key, inner),) = inner.items()
        path = (*path, key)
        if isinstance(inner, list):
            arrays[path] = arrays.get(path, 0) + 1
            inner = {}
        if path in arrays:
            path = (*path, arrays[path] - 1)
    return path


def _paths(value: Any, above: KeyPath) -> Iterator[KeyPath]:
    """Yield the path of everything in `value`, itself left out."""
    match value:
        case dict():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case _:
            return
    for key, inner in items:
        yield (*above, key)
        yield from _paths(inner, (*above, key))


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
