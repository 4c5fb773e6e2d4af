"""Correct an old dynamic config file, as text: comments and layout stay.

First every key, field and value with a sure replacement is rewritten where it stands; then what still holds
an error is commented out, with the reason above it, item by item or else the whole key.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Severity
from devenv.dynamicconfig.lint.run import lint_text
from devenv.dynamicconfig.load import refuse_errors
from devenv.dynamicconfig.rewrite import replacements_in
from devenv.errors import DynamicConfigInvalidError
from devenv.project.texts import TextError, display_path, read_text, split_lines
from devenv.project.yaml_nodes import Kind, YamlError, compose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.findings import Finding

_HOPELESS = {Code.INVALID_YAML, Code.TOO_COMPLEX, Code.NOT_DYNAMIC_CONFIG, Code.SECOND_DOCUMENT}
_MARK = "# devenv: "
_MOST_ROUNDS = 4


@dataclass(frozen=True)
class Migrated:
    """The corrected text, and what was done to it, one sentence each."""

    text: str
    changes: tuple[str, ...]


def migrate(path: Path, catalog: Catalog) -> Migrated:
    """Return `path` corrected, so that nothing in it is an error.

    Raises:
        DynamicConfigInvalidError: The file is not dynamic config at all, so that there is nothing to correct.
    """
    source = display_path(path)
    try:
        text = read_text(path)
    except TextError as error:
        raise DynamicConfigInvalidError(error.reason, place=source) from None
    return migrate_text(text, catalog, source)


def migrate_text(text: str, catalog: Catalog, source: str) -> Migrated:
    """Return the text of a file corrected; `source` names it in errors."""
    _refuse_hopeless(lint_text(text, catalog, source))
    rewritten = replacements_in(text, catalog)
    changes = [f"{source}:{edit.line}: {edit.reason}" for edit in rewritten.edits]
    corrected = rewritten.text
    for blocks_of in (
        _items,
        *[_keys] * _MOST_ROUNDS,
    ):  # a key that is there twice hides the faults of others
        errors = _errors(lint_text(corrected, catalog, source))
        if not errors:
            break
        corrected = _comment_out(corrected, blocks_of(corrected), errors)
        changes += [each.sentence for each in errors]
    refuse_errors(lint_text(corrected, catalog, source))
    return Migrated(corrected, tuple(dict.fromkeys(changes)))


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def _refuse_hopeless(findings: Iterable[Finding]) -> None:
    refuse_errors(each for each in findings if each.code in _HOPELESS)


@dataclass(frozen=True)
class _Block:
    """Lines that can be commented out together, counted from 0, the last one excluded."""

    first: int
    end: int


def _comment_out(text: str, blocks: list[_Block], errors: list[Finding]) -> str:
    """Comment out each block that an error stands in, below the reasons."""
    lines = split_lines(text)
    for block in sorted(blocks, key=lambda each: -each.first):
        within = [error for error in errors if block.first <= error.line - 1 < block.end]
        if within:
            reasons = dict.fromkeys(_MARK + _reason(error) for error in within)
            commented = [f"# {line}".rstrip() for line in lines[block.first : block.end]]
            lines[block.first : block.end] = [*reasons, *commented]
    return "\n".join(lines)


def _reason(error: Finding) -> str:
    return f"{error.message}; {error.suggestion}" if error.suggestion else error.message


def _keys(text: str) -> list[_Block]:
    """Return the lines of each key of the file."""
    lines = split_lines(text)
    starts = [at for at, _ in _key_lines(text)]
    return [_trimmed(lines, *span) for span in pairwise([*starts, len(lines)])]


def _items(text: str) -> list[_Block]:
    """Return the lines of each list item that has a line to itself, of keys with several such items."""
    lines = split_lines(text)
    blocks = []
    for key, (_, starts) in zip(_keys(text), _key_lines(text), strict=True):
        alone = [at for at in starts if key.first < at and lines[at].lstrip().startswith("-")]
        if len(alone) == len(starts) == len(set(starts)) and len(starts) > 1:
            blocks += [_trimmed(lines, *span) for span in pairwise([*starts, key.end])]
    return blocks


def _key_lines(text: str) -> list[tuple[int, list[int]]]:
    """Return the line of each key, and those of its items."""
    try:
        root, _ = compose(text)
    except YamlError:
        return []
    if root is None or root.kind is not Kind.MAPPING:
        return []
    found = []
    for key, value in root.pairs():
        items = value.items if value.kind is Kind.SEQUENCE else []
        found.append((key.at[0] - 1, [item.at[0] - 1 for item in items]))
    return found


def _trimmed(lines: list[str], first: int, end: int) -> _Block:
    """Leave blank lines and comments at the end to what follows them."""
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return _Block(first, end)
