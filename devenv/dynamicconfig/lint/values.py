"""Values: has each the type of its key?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.go_durations import to_nanoseconds
from devenv.dynamicconfig.lint.problem import Problem
from devenv.dynamicconfig.lint.structures import check_structure, shortened
from devenv.files.placeholders import advice_on_placeholder
from devenv.files.sentences import described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.parse import RawItem
    from devenv.files.yaml_nodes import Position

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


def check_value(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield why the server cannot use a value, and takes the default instead."""
    if setting.type is ValueType.STRUCTURE:
        yield from check_structure(item, setting)
    elif not fits(setting.type, item.value):
        yield mismatch(setting.type, item.value, item.node.at, setting.key)


def fits(value_type: ValueType, value: Any) -> bool:  # noqa: PLR0911  one line for each type
    """Tell whether the server can read `value` as that type: `convert…` in its collection.go."""
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
    """Say that a value does not fit its type, and what would."""
    if value_type is ValueType.DURATION and isinstance(value, str):
        message = f'{name}: "{shortened(value)}" is not a duration, and the server uses its default'
        return Problem(Code.INVALID_VALUE, at, message, _advice(value_type, value))
    found = f'the text "{shortened(value)}"' if isinstance(value, str) else described(value)
    message = f"{name} is {_EXPECTED[value_type]}, found {found}, and the server uses its default"
    return Problem(Code.WRONG_TYPE, at, message, _advice(value_type, value))


def normalized(value_type: ValueType, value: Any) -> Any:
    """Return `value` so that what the server takes for the same is the same."""
    if value_type is ValueType.DURATION:
        return to_nanoseconds(value)
    if value_type is ValueType.BOOL and isinstance(value, str):
        return _BOOLS.get(value)
    return value


def repaired(value_type: ValueType, value: Any) -> str | None:  # noqa: PLR0911  one line for each type
    """Return what was meant by a value that does not fit its type, as YAML, or None if that is not sure."""
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
