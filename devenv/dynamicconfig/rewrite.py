"""Rewrite keys, fields and values that have a sure replacement, in the text where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.go_durations import to_nanoseconds
from devenv.dynamicconfig.lint.structures import fields_of, plain
from devenv.dynamicconfig.lint.values import repaired
from devenv.dynamicconfig.parse import ParsedFile, parse_text
from devenv.dynamicconfig.replacements import load_field_replacements, load_replacements
from devenv.project.texts import split_lines
from devenv.project.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.project.yaml_nodes import Node, Position


@dataclass(frozen=True)
class Edit:
    """One replacement: `before` stands at line and column and becomes `after`."""

    line: int
    column: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class Rewritten:
    """The text with every edit done."""

    text: str
    edits: tuple[Edit, ...]


def replacements_in(text: str, catalog: Catalog) -> Rewritten:
    """Replace what can be replaced without a doubt, where it is written in the usual way."""
    parsed = ParsedFile("")
    parse_text(text, parsed)
    wanted = [
        *_edits_of_keys(parsed, catalog),
        *_edits_of_items(parsed, catalog),
        *_edits_of_item_fields(parsed),
    ]
    lines = split_lines(text)
    done = []
    for edit in sorted(set(wanted), key=lambda each: (-each.line, -each.column)):
        line = lines[edit.line - 1]
        start = edit.column - 1
        if line.startswith(edit.before, start):
            lines[edit.line - 1] = line[:start] + edit.after + line[start + len(edit.before) :]
            done.append(edit)
    for edit in done:  # from the last line up, so that the numbers of the others stay true
        if edit.reason.startswith("was "):
            lines.insert(edit.line - 1, f"# devenv: {edit.reason}")
    return Rewritten("\n".join(lines), tuple(reversed(done)))


def _edits_of_keys(parsed: ParsedFile, catalog: Catalog) -> Iterator[Edit]:
    present = set(parsed.keys)
    for key in parsed.keys.values():
        replacement = load_replacements().get(key.text.lower())
        use = replacement.use if replacement is not None and catalog.find(key.text) is None else None
        if use is not None and catalog.find(use) is not None and use.lower() not in present:
            note = f"; {replacement.instead}" if replacement and replacement.instead else ""
            yield _edit(key.at, key.text, use, f"was {key.text}{note}")


def _edits_of_item_fields(parsed: ParsedFile) -> Iterator[Edit]:
    for finding in parsed.findings:
        if finding.code.value == "unknown-item-field" and 'field "constraint"' in finding.message:
            at = (finding.line, finding.column)
            yield _edit(at, "constraint", "constraints", "`constraint` is called `constraints`")


def _edits_of_items(parsed: ParsedFile, catalog: Catalog) -> Iterator[Edit]:
    for item in parsed.items:
        replacement = load_replacements().get(item.key.lower())
        setting = catalog.find(item.key) or (
            catalog.find(replacement.use) if replacement and replacement.use else None
        )
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
    """Return how many times the duration of another field, a second without it, a duration is."""
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
