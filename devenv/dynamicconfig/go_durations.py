"""Durations as the server reads them: Go's `time.ParseDuration`, with `d`; a mere number is seconds."""

from __future__ import annotations

import re
from fractions import Fraction

SECOND = 1_000_000_000
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": SECOND}
_UNITS |= {"m": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_UNITLESS = re.compile(_NUMBER)
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h|d)")
_WHOLE = re.compile(rf"[-+]?(?:0|(?:{_PART.pattern})+)")
_LONGEST = 2**63
_MOST_DIGITS = 32


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
    """Return a number of any length, which Python would not read; beyond these digits nothing changes."""
    whole, _, fraction = number.partition(".")
    whole = whole.lstrip("0")
    if len(whole) > _MOST_DIGITS:
        return Fraction(_LONGEST)
    return Fraction(f"{whole or '0'}.{fraction[:_MOST_DIGITS] or '0'}")


def to_nanoseconds(value: object) -> int | None:
    """Return the nanoseconds of a value of a dynamic config file, or None if it is no duration."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int):
        return value * SECOND
    if isinstance(value, float) and value == value and abs(value) != float("inf"):  # noqa: PLR0124
        return int(max(-_LONGEST, min(value * SECOND, _LONGEST)))
    return 0 if isinstance(value, float) else None
