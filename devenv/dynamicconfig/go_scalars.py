"""Scalars and durations as the server's Go code reads them.

A scalar is what Go's yaml.v3 decodes into `any` (`resolve` in resolve.go, rule by rule). It is neither YAML
1.1 nor 1.2: `yes` is text, `010` is eight, `08` is the float 8, `1_000` is a number. A duration is Go's
`time.ParseDuration` with `d`; a number without a unit is seconds.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from devenv.files.yaml_nodes import Node


SECOND = 1_000_000_000
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": SECOND}
_UNITS |= {"m": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_UNITLESS = re.compile(_NUMBER)
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h|d)")
_WHOLE = re.compile(rf"[-+]?(?:0|(?:{_PART.pattern})+)")
_LONGEST = 2**63
_MOST_DIGITS = 32
"""Of a decimal, with a sign; a number of 64 bits has fewer, and Python refuses to read thousands."""


def parse_duration(text: str) -> int | None:
    """Return the nanoseconds of `text`, or None if the server would refuse it."""
    if _UNITLESS.fullmatch(text):
        text += "s"
    if not _WHOLE.fullmatch(text):
        return None
    total = int(sum(_amount(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    if text.startswith("-"):
        return -total if total <= _LONGEST else None
    return total if total < _LONGEST else None


def _amount(number: str) -> Fraction:
    """Parse a number of any length, cut off where more digits change nothing."""
    whole, _, fraction = number.partition(".")
    whole = whole.lstrip("0")
    if len(whole) > _MOST_DIGITS:
        return Fraction(_LONGEST)
    return Fraction(f"{whole or '0'}.{fraction[:_MOST_DIGITS] or '0'}")


def to_nanoseconds(value: object) -> int | None:
    """Return the nanoseconds of a value of a dynamic config file, or None if it is not a duration."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int):
        return value * SECOND
    if isinstance(value, float) and value == value and abs(value) != float("inf"):  # noqa: PLR0124
        return int(max(-_LONGEST, min(value * SECOND, _LONGEST)))
    return 0 if isinstance(value, float) else None


Scalar = None | bool | int | float | str | datetime

_NAMED: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("!!bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("!!bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("!!null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("!!float", float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("!!float", float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("!!float", float("-inf"))),
}
_HINTS = frozenset("+-0123456789yYnNtTfFoO~.")
_RESOLVABLE = frozenset(("", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"))
_INT = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)|0b[-+][01]+|0o[-+][0-7]+",
    re.ASCII,
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:(?:[Tt](?=.*(?:Z|[-+]\d\d:\d\d)\Z)| (?!.*[-+Z]))"
    r"(?P<hour>\d\d?):(?P<minute>\d\d?):(?P<second>\d\d?)(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)
_SMALLEST_INT = -(2**63)
_FIRST_TOO_LARGE = 2**64


class ScalarError(ValueError):
    """An explicit tag and its text do not fit together; the server rejects the whole file."""


def tag_of(node: Node) -> str:
    """Return the short tag of a scalar or of an alias's target, as `ShortTag` of yaml.v3 does."""
    real = node.real
    if is_text(real):
        return "!!str"
    if real.tag:
        return real.tag
    if real.is_plain and real.text == "<<":
        return "!!merge"
    return _resolved(real.text)[0]


def is_text(node: Node) -> bool:
    """Return whether quotes, a block style or a tag make a scalar a string."""
    return node.tag == "!!str" or (not node.tag and not node.is_plain)


def scalar_value(node: Node) -> Scalar:
    """Return the value of a scalar node.

    Raises:
        ScalarError: As `cannot be read as …`.
    """
    if node.tag == "!!binary":
        return _from_base64(node.text)
    if is_text(node) or node.tag not in _RESOLVABLE:
        return node.text
    value: Scalar
    tag, value = _resolved(node.text, looks_for_dates=node.is_plain or node.tag == "!!timestamp")
    if not node.tag or tag == node.tag:
        return value
    if node.tag == "!!float" and tag == "!!int":
        return float(cast("int", value))
    raise ScalarError(f'"{node.text[:40]}" is not {node.tag}')


def _resolved(text: str, *, looks_for_dates: bool = True) -> tuple[str, Any]:
    if text in _NAMED:
        return _NAMED[text]
    if text[:1] not in _HINTS:
        return "!!str", text
    if looks_for_dates and (moment := parse_timestamp(text)) is not None:
        return "!!timestamp", moment
    if text[0] == ".":
        return _float_or_text(text, text)
    if text[0] in "+-0123456789":
        return _number_or_text(text, text.replace("_", ""))
    return "!!str", text


def _number_or_text(text: str, plain: str) -> tuple[str, Any]:
    if _INT.fullmatch(plain) and (len(plain) <= _MOST_DIGITS or plain.lstrip("+-").startswith("0")):
        number = _to_int(plain)
        if _SMALLEST_INT <= number < (_FIRST_TOO_LARGE if plain[0] not in "+-" else 2**63):
            return "!!int", number
    return _float_or_text(text, plain)


def _to_int(plain: str) -> int:
    sign = -1 if "-" in plain else 1
    digits = re.sub("[-+]", "", plain).lower()
    if digits[:2] in {"0x", "0b", "0o"}:
        return sign * int(digits[2:], {"x": 16, "b": 2, "o": 8}[digits[1]])
    return sign * int(digits, 8 if digits[0] == "0" else 10)


def _float_or_text(text: str, plain: str) -> tuple[str, Any]:
    if _FLOAT.fullmatch(plain) and abs(number := float(plain)) != float("inf"):
        return "!!float", number
    return "!!str", text


def parse_timestamp(text: str) -> datetime | None:
    """Return the time that yaml.v3 reads from `text`, or None."""
    found = _TIMESTAMP.fullmatch(text) if text[4:5] == "-" else None
    if found is None:
        return None
    parts = {name: int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")}
    micros = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        return datetime(**parts, microsecond=micros, tzinfo=_zone(found["zone"]))
    except ValueError:
        return None


def _zone(written: str | None) -> timezone:
    if written in {None, "Z"}:
        return UTC
    assert written is not None  # noqa: S101
    hours, minutes = written[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if written[0] == "-" else offset)


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split("\n")), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise ScalarError("holds base64 that is not valid") from None
