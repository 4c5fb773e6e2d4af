"""Reads dynamic config files as the server does: items with their places, and faults of their shape.

The one parser: what is linted is what is loaded. Whether the server knows a key is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.constraints import (
    CANONICAL_NAMES,
    certain_name,
    is_zero,
    normalized_constraint,
    objection,
)
from devenv.dynamicconfig.detect import detect_foreign_file
from devenv.dynamicconfig.findings import Code, Finding, Severity
from devenv.dynamicconfig.go_values import Decoder, node_pairs, non_text_key
from devenv.dynamicconfig.model import CONSTRAINT_NAMES
from devenv.files.placeholders import EXPAND_ADVICE, advice_on_placeholder, nothing_expands, placeholder_at
from devenv.files.sentences import described, did_you_mean
from devenv.files.text import TextError, display_path, read_text, split_lines
from devenv.files.yaml_nodes import Kind, YamlError, compose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.files.yaml_nodes import Node, Position

_ITEM_FIELDS = ("value", "constraints")
# Findings about an unquoted placeholder, which YAML reads as a mapping.
_NOT_AS_MEANT = {Code.INVALID_YAML, Code.WRONG_SHAPE, Code.KEY_NOT_TEXT}
_NODE_ALLOWANCE = 10_000


@dataclass(frozen=True, slots=True)
class RawKey:
    """A key as it is spelled where it stands first."""

    text: str
    at: Position


@dataclass(frozen=True, slots=True)
class RawConstraint:
    """A constraint as it was written; `at` is the place of its name."""

    name: str
    value: Any
    at: Position
    is_implied: bool = False
    """Not written at all: the namespace of a file below `namespaces/`."""


@dataclass(frozen=True, slots=True)
class Misnomer:
    """An unknown name of a field or constraint that must stand for a known one."""

    at: Position
    written: str
    meant: str
    key_at: Position
    """Of the dynamic config key that it belongs to."""


@dataclass(frozen=True, slots=True)
class RawItem:
    """One value of a key, where it was written; `node` knows where each part of the value stands."""

    key: str
    key_at: Position
    at: Position
    node: Node
    value: Any
    constraints: tuple[RawConstraint, ...]
    flaw: Finding | None = None
    """Why it is unknown for which requests the value holds; `constraints` is incomplete then."""

    @property
    def constraint_values(self) -> Mapping[str, Any]:
        """The constraints by name."""
        return {constraint.name: constraint.value for constraint in self.constraints}

    @property
    def identity(self) -> tuple[Any, ...]:
        """The key and constraints by which the server distinguishes values."""
        held = (each for each in self.constraints if not is_zero(each.value))
        compared = sorted((each.name, repr(normalized_constraint(each.name, each.value))) for each in held)
        return self.key.lower(), *compared


@dataclass(slots=True)
class ParsedFile:
    """One file: its items in their order, and what is wrong with its shape."""

    source: str
    namespace: str | None = None
    items: list[RawItem] = field(default_factory=list)
    keys: dict[str, RawKey] = field(default_factory=dict)
    """Every key of the file, in lower case; also those without values."""
    findings: list[Finding] = field(default_factory=list)
    misnomers: list[Misnomer] = field(default_factory=list)

    def items_of(self, key: str) -> list[RawItem]:
        """Return the values of a key, which may be spelled in any case."""
        return [item for item in self.items if item.key.lower() == key.lower()]

    def report(
        self, code: Code, at: Position, message: str, *, key: str | None = None, suggestion: str | None = None
    ) -> None:
        """Note a finding."""
        self.findings.append(Finding.at(code, self.source, at, message, key, suggestion))


def parse_file(path: Path, namespace: str | None = None, *, inside: Path | None = None) -> ParsedFile:
    """Read one file; faults become findings.

    Args:
        path: The file.
        namespace: Every entry holds in that namespace only, and may have the short form `key: value`.
        inside: The directory in which the file must lie once links are followed; None for a file that the
            user named, or that devenv ships.
    """
    parsed = ParsedFile(display_path(path), namespace)
    try:
        text = read_text(path, inside=inside)
    except TextError as error:
        parsed.report(Code.UNREADABLE_FILE, error.at or (1, 1), error.reason)
    else:
        parse_text(text, parsed)
    return parsed


def parse_text(text: str, parsed: ParsedFile) -> None:
    """Read the text of a file into `parsed`."""
    try:
        root, second = compose(text)
        if root is not None:
            _Reader(parsed, text).read(root)
    except YamlError as error:
        code = Code.TOO_COMPLEX if error.is_limit else Code.INVALID_YAML
        parsed.report(code, error.at, error.reason, suggestion=_advice_on_line(text, error.at[0]))
        return
    if second is not None:
        message = "the document ends before this, and the server reads no further"
        advice = "a file holds one document: take lines such as --- out"
        parsed.report(Code.SECOND_DOCUMENT, second, message, suggestion=advice)


class _Reader:
    """Turns the nodes of one file into items."""

    def __init__(self, parsed: ParsedFile, text: str) -> None:
        self._parsed = parsed
        self._lines = split_lines(text)
        self._namespace = parsed.namespace
        self._key: str | None = None
        self._key_at: Position = (1, 1)
        self._decoder = Decoder(len(text) + _NODE_ALLOWANCE, self._report)

    def _report(self, code: Code, at: Position, message: str, suggestion: str | None = None) -> None:
        if code in _NOT_AS_MEANT and (placeholder := placeholder_at(self._lines[at[0] - 1], at[1])):
            message, suggestion = nothing_expands(placeholder), EXPAND_ADVICE
        self._parsed.report(code, at, message, key=self._key, suggestion=suggestion)

    def _first_error(self, since: int) -> Finding | None:
        """Return the first error after so many findings."""
        return next((each for each in self._parsed.findings[since:] if each.severity is Severity.ERROR), None)

    def read(self, root: Node) -> None:
        if root.kind is Kind.SCALAR and self._decoder.value(root) is None:
            return
        if root.kind is not Kind.MAPPING:
            found = described(self._decoder.value(root))
            self._report(Code.WRONG_SHAPE, root.at, f"expected a mapping of keys to values, found {found}")
            return
        if (other := detect_foreign_file(root)) is not None:
            self._report(Code.NOT_DYNAMIC_CONFIG, other.at, other.message, other.suggestion)
            return
        for key_node, content in self._decoder.pairs(root):
            self._read_key(key_node, content)
            self._key = None

    def _read_key(self, key_node: Node, content: Node) -> None:
        key = self._decoder.text(key_node)
        if key is None:
            if key_node.real.kind is Kind.SCALAR:
                self._report(Code.IGNORED_ITEM, key_node.at, "an empty key, which the server drops")
            return
        self._key, self._key_at = key, key_node.at
        self._note_key(key, key_node.at)
        if self._namespace is not None and not _is_server_form(content):
            self._add(_Place(key, key_node.at, key_node.at), content, [])
        else:
            self._read_items(key, key_node.at, content)

    def _note_key(self, key: str, at: Position) -> None:
        first = self._parsed.keys.setdefault(key.lower(), RawKey(key, at))
        if first.at != at:
            line, column = first.at
            message = f'the key "{key}" is here already, at line {line}, column {column}'
            self._report(Code.KEY_REPEATED, at, message, "put all its values into one list")

    def _read_items(self, key: str, key_at: Position, content: Node) -> None:
        real = content.real
        if real.kind is Kind.SEQUENCE and real.items:
            for item in real.items:
                self._read_item(_Place(key, key_at, item.at), item)
        elif real.kind is Kind.SEQUENCE or self._decoder.value(content) is None:
            self._report(Code.NO_VALUES, key_at, f'the key "{key}" has no values, so nothing changes')
        else:
            found = described(self._decoder.value(content))
            message = f'the key "{key}" needs a list of {{value, constraints}}, found {found}'
            self._report(Code.WRONG_SHAPE, key_at, message, _advice_on_shape(real))

    def _read_item(self, place: _Place, item: Node) -> None:
        if item.real.kind is not Kind.MAPPING:
            self._refuse_item(item)
            return
        before = len(self._parsed.findings)
        fields = self._fields(item.real)
        if fields is None:
            return
        constraints = self._constraints(fields["constraints"]) if "constraints" in fields else []
        if "value" in fields:
            self._add(place, fields["value"], constraints, self._first_error(before))
        else:
            self._report(Code.MISSING_VALUE, item.at, 'missing field "value"')

    def _refuse_item(self, item: Node) -> None:
        value = self._decoder.value(item)
        if value is None:
            self._report(Code.IGNORED_ITEM, item.at, "an empty list item, which the server drops")
        else:
            advice = "write `- value: …`" if item.real.kind is Kind.SCALAR else None
            message = f"expected {{value, constraints}}, found {described(value)}"
            self._report(Code.WRONG_SHAPE, item.at, message, advice)

    def _fields(self, item: Node) -> dict[str, Node] | None:
        """Return the known fields of a list item; None if the server rejects it."""
        fields: dict[str, Node] = {}
        unknown: dict[str, Position] = {}
        before = len(self._parsed.findings)
        for name_node, node in self._decoder.pairs(item):
            name = self._decoder.text(name_node)
            if name in _ITEM_FIELDS:
                fields[name] = node
            elif name is not None or name_node.real.kind is Kind.SCALAR:
                unknown[name or ""] = name_node.at
        for name, at in unknown.items():
            self._refuse_field(name, at, has_constraints="constraints" in fields)
        is_rejected = any(each.code is Code.DUPLICATE_KEY for each in self._parsed.findings[before:])
        return None if is_rejected else fields

    def _refuse_field(self, name: str, at: Position, *, has_constraints: bool) -> None:
        message = f'unknown field "{name}" beside the value'
        if name.lower().startswith("constraint"):
            if not has_constraints:
                self._parsed.misnomers.append(Misnomer(at, name, "constraints", self._key_at))
            self._report(Code.UNKNOWN_ITEM_FIELD, at, message, "write `constraints`")
        else:
            guess = did_you_mean(name, _ITEM_FIELDS).removeprefix("; ") or None
            self._report(Code.UNKNOWN_ITEM_FIELD, at, message, guess)

    def _add(
        self, place: _Place, node: Node, constraints: list[RawConstraint], flaw: Finding | None = None
    ) -> None:
        value = self._decoder.value(node)
        offender = non_text_key(node)
        if offender is not None:
            message = (
                f"a mapping inside a value needs keys that are text, found {offender.real.text or 'nothing'}"
            )
            self._report(Code.KEY_NOT_TEXT, offender.at, message, "quote it")
            return
        before = len(self._parsed.findings)
        held = tuple(self._in_namespace(constraints, place.at))
        flaw = flaw or self._first_error(before)
        self._parsed.items.append(RawItem(place.key, place.key_at, place.at, node, value, held, flaw))

    def _constraints(self, node: Node) -> list[RawConstraint]:
        if node.real.kind is not Kind.MAPPING:
            value = self._decoder.value(node)
            if value is not None:
                message = f"expected a mapping of constraints, found {described(value)}"
                self._report(Code.WRONG_SHAPE, node.at, message, "write `constraints: {namespace: …}`")
            return []
        known: dict[str, RawConstraint] = {}
        for name_node, value_node in self._decoder.pairs(node.real):
            written = self._decoder.text(name_node)
            value = self._decoder.value(value_node)
            if written is not None:
                self._add_constraint(written, value, name_node.at, known)
            elif name_node.real.kind is Kind.SCALAR:
                self._report(Code.IGNORED_ITEM, name_node.at, "an empty constraint, which the server drops")
        return list(known.values())

    def _add_constraint(
        self, written: str, value: Any, at: Position, known: dict[str, RawConstraint]
    ) -> None:
        name = CANONICAL_NAMES.get(written.lower())
        if name is None:
            self._refuse_constraint(written, value, at)
        elif (reason := objection(name, value)) is not None:
            self._report(Code.INVALID_CONSTRAINT, at, reason, advice_on_placeholder(value))
        elif name in known:
            self._report(Code.CONSTRAINT_REPEATED, at, f'the constraint "{name}" is here twice')
        else:
            known[name] = RawConstraint(name, value, at)

    def _refuse_constraint(self, written: str, value: Any, at: Position) -> None:
        meant = certain_name(written)
        if meant is not None and objection(meant, value) is None:
            self._parsed.misnomers.append(Misnomer(at, written, meant, self._key_at))
        guess = f'did you mean "{meant}"?' if meant else did_you_mean(written, CONSTRAINT_NAMES)
        message = f'unknown constraint "{written}"'
        self._report(Code.UNKNOWN_CONSTRAINT, at, message, guess.removeprefix("; ") or None)

    def _in_namespace(self, constraints: list[RawConstraint], at: Position) -> list[RawConstraint]:
        """Add the namespace of a file below `namespaces/`."""
        if self._namespace is None:
            return constraints
        named = next((each for each in constraints if each.name == "namespace"), None)
        if named is None:
            return [*constraints, RawConstraint("namespace", self._namespace, at, is_implied=True)]
        if named.value != self._namespace:
            message = f'this file is for "{self._namespace}", the entry is for "{named.value}"'
            self._report(Code.OTHER_NAMESPACE, named.at, message, "move the entry to that namespace's file")
        return constraints


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: its key, and the item or short form that holds it."""

    key: str
    key_at: Position
    at: Position


def _is_server_form(content: Node) -> bool:
    """Return whether `content` is a list of `{value, constraints}`, not a value that is a list."""
    items = content.real.items if content.real.kind is Kind.SEQUENCE else []
    mappings = [item.real for item in items if item.real.kind is Kind.MAPPING]
    return any(key.text in _ITEM_FIELDS for mapping in mappings for key, _ in node_pairs(mapping))


def _advice_on_shape(node: Node) -> str:
    if node.kind is Kind.MAPPING and any(key.text in _ITEM_FIELDS for key, _ in node.pairs()):
        return "put a dash before it: `- value: …`"
    return "write `- value: …` below the key"


def _advice_on_line(text: str, line: int) -> str | None:
    """Return the advice about a placeholder in that line, or None."""
    lines = split_lines(text)
    return advice_on_placeholder(lines[line - 1]) if line <= len(lines) else None
