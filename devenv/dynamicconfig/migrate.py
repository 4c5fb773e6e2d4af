"""Correct an old dynamic config file, as text: comments and layout stay.

First every key, field and value with a sure replacement is rewritten where it stands; then what still holds
an error is commented out, with the reason above it, item by item or else the whole key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Severity
from devenv.dynamicconfig.lint.run import lint_text
from devenv.dynamicconfig.load import refuse_errors
from devenv.dynamicconfig.rewrite import replacements_in
from devenv.errors import DynamicConfigInvalidError
from devenv.files.text import TextError, display_path, read_text, split_lines
from devenv.files.yaml_nodes import Kind, YamlError, compose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.findings import Finding
    from devenv.files.yaml_nodes import Node

_HOPELESS = {Code.INVALID_YAML, Code.TOO_COMPLEX, Code.NOT_DYNAMIC_CONFIG, Code.SECOND_DOCUMENT}
_BY_COMPARISON = {Code.SAME_CONSTRAINTS, Code.KEY_REPEATED, Code.DUPLICATE_KEY}
_MARK = "# devenv: "


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
        hint = "name a file of dynamic config in the server's form"
        raise DynamicConfigInvalidError(error.reason, place=source, hint=hint) from None
    return migrate_text(text, catalog, source)


def migrate_text(text: str, catalog: Catalog, source: str) -> Migrated:
    """Return the text of a file corrected; `source` names it in errors."""
    _refuse_hopeless(lint_text(text, catalog, source))
    rewritten = replacements_in(text, catalog)
    changes = [f"{source}:{edit.line}: {edit.reason}" for edit in rewritten.edits]
    corrected = rewritten.text
    while errors := _next_errors(corrected, catalog, source):
        before, corrected = corrected, _without(errors, corrected, catalog)
        if corrected == before:
            break
        changes += [each.sentence for each in errors]
    refuse_errors(lint_text(corrected, catalog, source))
    return Migrated(corrected, tuple(dict.fromkeys(changes)))


def _next_errors(text: str, catalog: Catalog, source: str) -> list[Finding]:
    """Return the errors to correct next.

    What is wrong by itself comes before what is wrong beside something else: without a broken value the valid
    one beside it may be all right.
    """
    errors = _errors(lint_text(text, catalog, source))
    return [each for each in errors if each.code not in _BY_COMPARISON] or errors


def _without(errors: list[Finding], text: str, catalog: Catalog) -> str:
    """Return the text with the items that have `errors`, or else the keys, commented out."""
    by_item = _comment_out(text, _items(text), errors)
    if by_item != text:
        return by_item
    keys = _keys(text)
    return _comment_out(text, keys, _blaming_the_broken(errors, text, keys, catalog))


def _blaming_the_broken(
    errors: list[Finding], text: str, keys: list[_Block], catalog: Catalog
) -> list[Finding]:
    """Return the errors; one of a repeated key moves to the copy that has errors of its own."""
    lines = split_lines(text)
    by_name: dict[str, list[_Block]] = {}
    for block, name in zip(keys, _key_names(text), strict=True):
        by_name.setdefault(name.lower(), []).append(block)
    blamed: dict[int, int] = {}
    for first, *others in by_name.values():
        if others and _is_broken(first, lines, catalog) and not _is_broken(others[0], lines, catalog):
            blamed |= dict.fromkeys(range(others[0].first + 1, others[0].end + 1), first.first + 1)
    return [
        replace(each, line=blamed.get(each.line, each.line)) if each.code in _BY_COMPARISON else each
        for each in errors
    ]


def _is_broken(block: _Block, lines: list[str], catalog: Catalog) -> bool:
    return bool(_errors(lint_text("\n".join(lines[block.first : block.end]), catalog, "")))


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
    """Comment out each block that has an error, below the reasons."""
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


def _key_names(text: str) -> list[str]:
    return [key.real.text for key, _ in _pairs(text)]


def _pairs(text: str) -> list[tuple[Node, Node]]:
    try:
        root, _ = compose(text)
    except YamlError:
        return []
    return list(root.pairs()) if root is not None and root.kind is Kind.MAPPING else []


def _key_lines(text: str) -> list[tuple[int, list[int]]]:
    """Return the line of each key, and those of its items."""
    found = []
    for key, value in _pairs(text):
        items = value.items if value.kind is Kind.SEQUENCE else []
        found.append((key.at[0] - 1, [item.at[0] - 1 for item in items]))
    return found


def _trimmed(lines: list[str], first: int, end: int) -> _Block:
    """Return the block without the blank lines and comments at its end."""
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return _Block(first, end)
