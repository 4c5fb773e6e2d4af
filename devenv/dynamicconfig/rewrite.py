"""Rewrites keys, fields and values with a certain replacement in the text of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.go_scalars import to_nanoseconds
from devenv.dynamicconfig.lint.converters import check_value
from devenv.dynamicconfig.lint.keys import check_constraints
from devenv.dynamicconfig.lint.structures import fields_of, plain
from devenv.dynamicconfig.lint.values import repaired
from devenv.dynamicconfig.parse import ParsedFile, parse_text
from devenv.dynamicconfig.replacements import load_field_replacements, load_replacements
from devenv.files.text import split_lines
from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.files.yaml_nodes import Node, Position


@dataclass(frozen=True)
class Edit:
    """One replacement: `before` stands at line and column and becomes `after`."""

    line: int
    column: int
    before: str
    after: str
    reason: str
    noted_above: int | None = None
    """The line, of a key, that gets the reason above it as a comment."""


@dataclass(frozen=True)
class Rewritten:
    """The text with every edit done."""

    text: str
    edits: tuple[Edit, ...]


def replacements_in(text: str, catalog: Catalog) -> Rewritten:
    """Replace everything that has a certain replacement and is written in the usual way."""
    parsed = ParsedFile("")
    parse_text(text, parsed)
    wanted = [
        *_edits_of_keys(parsed, catalog),
        *_edits_of_items(parsed, catalog),
        *_edits_of_misnomers(parsed),
    ]
    lines = split_lines(text)
    done = []
    for edit in sorted(set(wanted), key=lambda each: (-each.line, -each.column)):
        line = lines[edit.line - 1]
        start = edit.column - 1
        if line.startswith(edit.before, start):
            lines[edit.line - 1] = line[:start] + edit.after + line[start + len(edit.before) :]
            done.append(edit)
    notes = dict.fromkeys((edit.noted_above, edit.reason) for edit in reversed(done) if edit.noted_above)
    # From the last line up, so that the numbers of earlier lines stay valid.
    for number, reason in sorted(notes, key=lambda note: -note[0]):
        lines.insert(number - 1, f"# devenv: {reason}")
    return Rewritten("\n".join(lines), tuple(reversed(done)))


def _edits_of_keys(parsed: ParsedFile, catalog: Catalog) -> Iterator[Edit]:
    present = set(parsed.keys)
    for key in parsed.keys.values():
        successor = None if catalog.find(key.text) else _successor(key.text, parsed, catalog)
        if successor is not None and (use := successor[0].key).lower() not in present:
            reason = f"was {key.text}{successor[1]}"
            yield Edit(*key.at, key.text, use, reason, noted_above=key.at[0])


def _successor(key: str, parsed: ParsedFile, catalog: Catalog) -> tuple[Setting, str] | None:
    """Return the setting that an unknown key must stand for, with a remark, or None."""
    replacement = load_replacements().get(key.lower())
    if replacement is not None:
        setting = catalog.find(replacement.use) if replacement.use else None
        return (
            None if setting is None else (setting, f"; {replacement.instead}" if replacement.instead else "")
        )
    setting = catalog.meant(key)
    if setting is None or not all(_suits(item, setting) for item in parsed.items_of(key)):
        return None
    return setting, ", which the server does not have"


def _suits(item: RawItem, setting: Setting) -> bool:
    """Return whether a value could be one of `setting`, as it stands or repaired."""
    is_sound = not any(check_value(item, setting)) or repaired(setting.type, item.value) is not None
    return is_sound and not any(check_constraints(item, setting))


def _edits_of_misnomers(parsed: ParsedFile) -> Iterator[Edit]:
    for each in parsed.misnomers:
        reason = f"`{each.written}` is called `{each.meant}`"
        yield Edit(*each.at, each.written, each.meant, reason, noted_above=each.key_at[0])


def _edits_of_items(parsed: ParsedFile, catalog: Catalog) -> Iterator[Edit]:
    for item in parsed.items:
        setting = catalog.find(item.key)
        if setting is None and (successor := _successor(item.key, parsed, catalog)) is not None:
            setting = successor[0]
        if setting is not None:
            yield from _edits_of_value(item, setting)


def _edits_of_value(item: RawItem, setting: Setting) -> Iterator[Edit]:
    if setting.type is ValueType.STRUCTURE:
        yield from _edits_of_structure(item.node, setting)
    elif item.node.kind is Kind.SCALAR and (better := repaired(setting.type, item.value)) is not None:
        yield from _edits_of_scalar(item.node, better, f"{setting.key} is a {setting.type.value}")


def _edits_of_structure(node: Node, setting: Setting) -> Iterator[Edit]:
    known = load_field_replacements().get(setting.key.lower())
    if known is None or node.kind is not Kind.MAPPING:
        return
    fields = {name.lower(): pair for name, pair in fields_of(node).items()}
    for name, (key, value) in fields.items():
        replacement = known.get(name)
        if replacement is None or replacement.use is None or replacement.use.lower() in fields:
            continue
        reason = f"the field {key.text} is called {replacement.use} here"
        if replacement.ratio_to is None:
            yield _edit(key.at, key.text, replacement.use, reason)
        elif (ratio := _ratio(value, fields, replacement.ratio_to)) is not None:
            yield _edit(key.at, key.text, replacement.use, reason)
            yield from _edits_of_scalar(value, ratio, f"it is a multiple of {replacement.ratio_to}")


def _ratio(value: Node, fields: dict[str, tuple[Node, Node]], to: str) -> str | None:
    """Return the ratio of a duration to that of another field, by default one second."""
    names = (to.lower(), to.lower().removesuffix("inseconds"))
    base = next((plain(fields[name][1]) for name in names if name in fields), 1)
    longest, first = to_nanoseconds(plain(value)), to_nanoseconds(base)
    if longest is None or not first or first < 0 or longest < first:
        return None
    return f"{longest / first:g}"


def _edits_of_scalar(node: Node, after: str, reason: str) -> Iterator[Edit]:
    if node.kind is Kind.SCALAR and not node.tag:
        for quote in ("",) if node.is_plain else ('"', "'"):
            yield _edit(node.at, f"{quote}{node.text}{quote}", after, reason)


def _edit(at: Position, before: str, after: Any, reason: str) -> Edit:
    return Edit(at[0], at[1], before, str(after), reason)
