"""TOML text cut into statements, with the limits that Python's own reader does not have.

`tomllib` calls itself for each level of brackets, and its time grows with the square of the parts of a dotted
key; so both are limited here before it reads anything.
"""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
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
