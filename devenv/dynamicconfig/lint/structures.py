"""Structured values: the server merges them over the default and silently ignores unknown fields.

The rules are those of mapstructure without weak typing, and of the hooks of `ConvertStructure` in the
server's collection.go. One field that does not fit discards the whole value.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import ShapeKind
from devenv.dynamicconfig.findings import Code, Problem
from devenv.dynamicconfig.go_scalars import scalar_value, tag_of, to_nanoseconds
from devenv.dynamicconfig.go_values import node_pairs
from devenv.dynamicconfig.replacements import load_field_replacements
from devenv.files.placeholders import advice_on_placeholder
from devenv.files.sentences import described, did_you_mean
from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devenv.dynamicconfig.catalog.model import Shape
    from devenv.files.yaml_nodes import Node

_RFC3339 = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?"
    r"(Z|[-+]([01]\d|2[0-4]):[0-5]\d)",
    re.ASCII,
)
_DISCARDED = "and the server uses the default for the whole value"


def check_shape(node: Node, shape: Shape, name: str) -> Iterator[Problem]:
    """Yield what does not fit `shape` in a node; `name` names the value in messages."""
    real = node.real
    if real.kind is Kind.SCALAR and scalar_value(real) is None:
        return  # mapstructure accepts null for everything
    if shape.kind in _COMPOUND:
        yield from _COMPOUND[shape.kind](node, shape, name)
    elif (objection := _objection(real, shape)) is not None:
        yield _mismatch(node, objection, name)


def plain(node: Node) -> Any:
    """Return a scalar's value, or an empty collection of its kind."""
    real = node.real
    if real.kind is Kind.SCALAR:
        return scalar_value(real)
    return {} if real.kind is Kind.MAPPING else []


def fields_of(node: Node) -> dict[str, tuple[Node, Node]]:
    """Return key and value nodes of a mapping by the name as it is written."""
    return {key.real.text: (key, value) for key, value in node_pairs(node.real)}


def _struct(node: Node, shape: Shape, name: str) -> Iterator[Problem]:
    if node.real.kind is not Kind.MAPPING:
        yield _not_a_mapping(node, name)
        return
    by_folded = {field.lower(): field for field in shape.fields}
    spellings: dict[str, list[tuple[Node, Node]]] = {}
    for key, value in fields_of(node).values():
        field = by_folded.get(key.real.text.lower()) if tag_of(key) in {"!!str", "!!binary"} else None
        if field is None:
            yield _unknown_field(key, shape, name)
        else:
            spellings.setdefault(field, []).append((key, value))
    for field, pairs in spellings.items():
        yield from _field(field, pairs, shape.fields[field], name)


def _field(field: str, pairs: list[tuple[Node, Node]], shape: Shape, name: str) -> Iterator[Problem]:
    """Check a field, which the server reads in its exact spelling, or else in any case."""
    used = next((pair for pair in pairs if pair[0].real.text == field), pairs[0])
    for key, _ in (pair for pair in pairs if pair is not used):
        message = f'{name}: "{key.real.text}" is here already as "{used[0].real.text}"'
        yield Problem(Code.IGNORED_VALUE, key.at, message, "the server takes one of them: remove the other")
    if len(pairs) == 1 or used[0].real.text == field:
        yield from check_shape(used[1], shape, f"{name}.{field}")


def _unknown_field(key: Node, shape: Shape, name: str) -> Problem:
    written = key.real.text
    replacement = load_field_replacements().get(name.lower(), {}).get(written.lower())
    guess = replacement.advice if replacement else did_you_mean(written, shape.fields).removeprefix("; ")
    choices = f"its fields are {', '.join(sorted(shape.fields))}"
    return Problem(
        Code.UNKNOWN_FIELD,
        key.at,
        f'{name} has no field "{written}", and the server ignores it',
        guess or (choices if len(choices) < _LONG else None),
    )


_LONG = 300


def _list(node: Node, shape: Shape, name: str) -> Iterator[Problem]:
    if node.real.kind is not Kind.SEQUENCE:
        yield _mismatch(node, f"expected a list, found {described(plain(node))}", name)
    elif shape.element is not None:
        for item in node.real.items:
            yield from check_shape(item, shape.element, f"an item of {name}")


def _map(node: Node, shape: Shape, name: str) -> Iterator[Problem]:
    if node.real.kind is not Kind.MAPPING:
        yield _not_a_mapping(node, name)
        return
    for key, value in node_pairs(node.real):
        if tag_of(key) not in {"!!str", "!!binary"}:
            yield _mismatch(key, f"expected a key that is text, found {described(plain(key))}", name)
        elif shape.element is not None:
            yield from check_shape(value, shape.element, f"{name}.{key.real.text}")


def _parsed(node: Node, shape: Shape, name: str) -> Iterator[Problem]:
    is_text = node.real.kind is Kind.SCALAR and isinstance(scalar_value(node.real), str)
    if not is_text and shape.element is not None:
        yield from check_shape(node, shape.element, name)


_COMPOUND: dict[ShapeKind, Callable[[Node, Shape, str], Iterator[Problem]]] = {
    ShapeKind.STRUCT: _struct,
    ShapeKind.LIST: _list,
    ShapeKind.MAP: _map,
    ShapeKind.PARSED: _parsed,
}


def _objection(real: Node, shape: Shape) -> str | None:  # noqa: PLR0911  one line for each kind
    value = plain(real)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match shape.kind:
        case ShapeKind.BOOL:
            return _expected("true or false", value, is_right=isinstance(value, bool))
        case ShapeKind.INT | ShapeKind.FLOAT:
            return _expected("a number", value, is_right=is_number)
        case ShapeKind.UINT:
            return _expected("a number from 0", value, is_right=is_number and not value < 0)
        case ShapeKind.STRING:
            return _expected("text", value, is_right=isinstance(value, str))
        case ShapeKind.DURATION:
            right = to_nanoseconds(value) is not None
            return _expected("a duration such as 30s", value, is_right=right)
        case ShapeKind.TIME:
            return _expected("a time such as 2026-01-31T10:00:00Z", value, is_right=is_time(value))
        case ShapeKind.ENUM:
            return _objection_to_enum(value, shape.names, is_number=is_number)
        case ShapeKind.NONE:
            return "it cannot be set in a file"
        case _:
            return None


def is_time(value: object) -> bool:
    """Return whether the server can read `value` as a point in time."""
    if isinstance(value, str):
        return _RFC3339.fullmatch(value) is not None
    return isinstance(value, datetime | int | float) and not isinstance(value, bool)


def _objection_to_enum(value: object, names: tuple[str, ...], *, is_number: bool) -> str | None:
    if isinstance(value, str):
        if value.lower() in {name.lower() for name in names}:
            return None
        return f'expected one of {", ".join(names)}, found "{shortened(value)}"{did_you_mean(value, names)}'
    return _expected(f"one of {', '.join(names)}", value, is_right=is_number)


def _expected(what: str, value: object, *, is_right: bool) -> str | None:
    if is_right:
        return None
    found = f'the text "{shortened(value)}"' if isinstance(value, str) else described(value)
    return f"expected {what}, found {found}"


def shortened(text: str) -> str:
    """Return `text`, cut off if it is long."""
    return text if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]}…"


_LONGEST_QUOTED = 60


def _not_a_mapping(node: Node, name: str) -> Problem:
    value = plain(node)
    if isinstance(
        value, datetime
    ):  # Go's time is a struct without exported fields, which mapstructure accepts
        message = f"{name}: expected a mapping, found a date, which the server drops"
        return Problem(Code.IGNORED_VALUE, node.at, message, "quote it if text is meant")
    return _mismatch(node, f"expected a mapping, found {described(value)}", name)


def _mismatch(node: Node, objection: str, name: str) -> Problem:
    advice = advice_on_placeholder(plain(node))
    return Problem(Code.WRONG_TYPE, node.at, f"{name}: {objection}, {_DISCARDED}", advice)
