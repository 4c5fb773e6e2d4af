"""Values: does each have the type of its key, and is there a placeholder that nothing expands?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.findings import Code, Problem
from devenv.dynamicconfig.go_scalars import to_nanoseconds
from devenv.dynamicconfig.go_values import node_pairs
from devenv.dynamicconfig.lint.structures import shortened
from devenv.files.placeholders import EXPAND_ADVICE, advice_on_placeholder, nothing_expands, placeholder_in
from devenv.files.sentences import described
from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.files.yaml_nodes import Node, Position


_BOOLS = {"1": True, "t": True, "T": True, "TRUE": True, "true": True, "True": True}
_BOOLS |= {"0": False, "f": False, "F": False, "FALSE": False, "false": False, "False": False}
_EXPECTED = {
    ValueType.BOOL: "true or false",
    ValueType.INT: "a whole number",
    ValueType.FLOAT: "a number",
    ValueType.STRING: "text",
    ValueType.DURATION: "a duration such as 30s",
    ValueType.MAP: "a mapping",
}
_YES = {"y", "yes", "on"}
_NO = {"n", "no", "off"}
_LOOSE_DURATION = re.compile(r"\s*([0-9.]+)\s*([a-zA-Z]+)\s*")
_UNIT_NAMES = {"w": ("d", 7), "week": ("d", 7), "day": ("d", 1), "hour": ("h", 1), "hr": ("h", 1)}
_UNIT_NAMES |= {"minute": ("m", 1), "min": ("m", 1), "second": ("s", 1), "sec": ("s", 1)}
_UNIT_NAMES |= {"millisecond": ("ms", 1), "msec": ("ms", 1)}


def fits(value_type: ValueType, value: Any) -> bool:  # noqa: PLR0911  one line for each type
    """Return whether the server can read `value` as that type: `convert…` in its collection.go."""
    match value_type:
        case ValueType.BOOL:
            return isinstance(value, bool) or (isinstance(value, str) and value in _BOOLS)
        case ValueType.INT:
            return isinstance(value, int) and not isinstance(value, bool)
        case ValueType.FLOAT:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ValueType.STRING:
            return isinstance(value, str)
        case ValueType.DURATION:
            return to_nanoseconds(value) is not None
        case ValueType.MAP:
            return isinstance(value, dict)
        case ValueType.STRUCTURE:
            return True


def mismatch(value_type: ValueType, value: Any, at: Position, name: str) -> Problem:
    """Return the problem of a value that does not fit its type."""
    if value_type is ValueType.DURATION and isinstance(value, str):
        message = f'{name}: "{shortened(value)}" is not a duration, and the server uses its default'
        return Problem(Code.INVALID_VALUE, at, message, _advice(value_type, value))
    found = f'the text "{shortened(value)}"' if isinstance(value, str) else described(value)
    message = f"{name} is {_EXPECTED[value_type]}, found {found}, and the server uses its default"
    return Problem(Code.WRONG_TYPE, at, message, _advice(value_type, value))


def normalized(value_type: ValueType, value: Any) -> Any:
    """Return a normal form of `value`: equal for values that the server treats as equal."""
    if value_type is ValueType.DURATION:
        return to_nanoseconds(value)
    if value_type is ValueType.BOOL and isinstance(value, str):
        return _BOOLS.get(value)
    return value


def repaired(value_type: ValueType, value: Any) -> str | None:  # noqa: PLR0911  one line for each type
    """Return the YAML of the value that was meant by one that does not fit its type, or None."""
    if fits(value_type, value):
        return None
    match value_type:
        case ValueType.BOOL if isinstance(value, str) and value.lower() in _YES | _NO:
            return str(value.lower() in _YES).lower()
        case ValueType.BOOL if isinstance(value, int | float) and value in {0, 1}:
            return str(bool(value)).lower()
        case ValueType.INT | ValueType.FLOAT if isinstance(value, str) and re.fullmatch(
            r"[-+]?[1-9]\d*|0", value
        ):
            return value if len(value) <= _MOST_DIGITS else None
        case ValueType.INT if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
            return str(int(value))
        case ValueType.DURATION if isinstance(value, str):
            return _nearest_duration(value)
        case _:
            return None


def _advice(value_type: ValueType, value: Any) -> str | None:
    if value is None:
        return "give it a value, or take the item out"
    if (advice := advice_on_placeholder(value)) is not None:
        return advice
    better = repaired(value_type, value)
    if better is not None:
        return f"write {better}"
    if value_type is ValueType.DURATION:
        return "write a number with one of the units ms, s, m, h and d, such as 1h30m"
    is_scalar = not isinstance(value, list | dict)
    return "quote it" if value_type is ValueType.STRING and is_scalar else None


_LARGEST = 2**53
_MOST_DIGITS = 18


def _nearest_duration(text: str) -> str | None:
    found = _LOOSE_DURATION.fullmatch(text)
    if found is None:
        return None
    number, unit = found[1], found[2].lower()
    name, factor = _UNIT_NAMES.get(unit.removesuffix("s"), _UNIT_NAMES.get(unit, (unit, 1)))
    if factor != 1:
        is_countable = number.isdecimal() and len(number) <= _MOST_DIGITS
        number = str(int(number) * factor) if is_countable else ""
    return f"{number}{name}" if number and to_nanoseconds(f"{number}{name}") is not None else None


_TEMPLATES = frozenset(
    {"component.nexusoperations.callback.endpoint.template", "nexusoperation.callback.endpoint.template"}
)
"""The settings that are Go templates, in lower case, with the fields that the server fills in."""
_TEMPLATE_FIELDS = ("NamespaceName", "NamespaceID")
_TEMPLATE_FIELD = re.compile(rf"\{{\{{-?\s*\.(?:{'|'.join(_TEMPLATE_FIELDS)})\s*-?\}}\}}")


def check_placeholders(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield a warning for each placeholder in the value or a constraint, which nothing expands."""
    for constraint in item.constraints:
        if isinstance(constraint.value, str):
            yield from _check(constraint.value, constraint.at, f"the {constraint.name}")
    is_template = setting.key.lower() in _TEMPLATES
    if is_template or setting.type not in {
        ValueType.BOOL,
        ValueType.INT,
        ValueType.FLOAT,
        ValueType.DURATION,
    }:
        for node in _scalars(item.node, set()):
            text = _TEMPLATE_FIELD.sub("", node.text) if is_template else node.text
            yield from _check(text, node.at, setting.key, is_template=is_template)


def _check(text: str, at: Position, name: str, *, is_template: bool = False) -> Iterator[Problem]:
    placeholder = placeholder_in(text)
    if placeholder is not None:
        advice = f"the fields of this template are {_listed()}" if is_template else EXPAND_ADVICE
        yield Problem(Code.PLACEHOLDER, at, f"{name}: {nothing_expands(placeholder)}", advice)


def _listed() -> str:
    return " and ".join(f"{{{{.{field}}}}}" for field in _TEMPLATE_FIELDS)


def _scalars(node: Node, visited: set[int]) -> Iterator[Node]:
    """Yield the scalars of a value, each once however often aliases repeat it."""
    real = node.real
    if id(real) in visited:
        return
    visited.add(id(real))
    if real.kind is Kind.SCALAR:
        yield real
    for child in real.items if real.kind is Kind.SEQUENCE else ():
        yield from _scalars(child, visited)
    if real.kind is Kind.MAPPING:
        for key, value in node_pairs(real):
            yield from _scalars(key, visited)
            yield from _scalars(value, visited)
