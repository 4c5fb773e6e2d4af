"""Durations as people write them: Go's notation, plus days and weeks."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

_MICROSECONDS = {
    "w": Fraction(604_800_000_000),
    "d": Fraction(86_400_000_000),
    "h": Fraction(3_600_000_000),
    "m": Fraction(60_000_000),
    "s": Fraction(1_000_000),
    "ms": Fraction(1_000),
    "us": Fraction(1),
    "µs": Fraction(1),  # U+00B5, the micro sign
    "μs": Fraction(1),  # U+03BC, the Greek letter: Go takes both
    "ns": Fraction(1, 1_000),
}
_AMOUNT = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_PART = re.compile(rf"({_AMOUNT})({'|'.join(sorted(_MICROSECONDS, key=len, reverse=True))})")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_SPOKEN = re.compile(rf"({_AMOUNT})\s*([A-Za-z]+)")
_SPOKEN_UNITS = {
    "weeks": "w",
    "days": "d",
    "hours": "h",
    "hrs": "h",
    "minutes": "m",
    "mins": "m",
    "seconds": "s",
    "secs": "s",
    "milliseconds": "ms",
    "millis": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}
_LONGEST_TEXT = 64


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `1h30m`, `250ms`, `1.5h`, `30d` or `2w`.

    Every number needs its unit, except a lone `0`. Nanoseconds are rounded to microseconds.

    Raises:
        ValueError: With a sentence for the person who wrote `text`.
    """
    if text == "0":
        return timedelta(0)
    if len(text) > _LONGEST_TEXT or not _WHOLE.fullmatch(text):
        raise ValueError(_reason(text))
    total = sum(Fraction(amount) * _MICROSECONDS[unit] for amount, unit in _PART.findall(text))
    try:
        return timedelta(microseconds=round(total))
    except OverflowError:
        raise ValueError(f'"{text}" is longer than any duration can be') from None


def format_duration(duration: timedelta) -> str:
    """Write `duration` the shortest way that `parse_duration` reads back: `3d`, `1h30m`, `250ms`.

    Weeks are not used: retention is spoken of in days.
    """
    rest = duration // timedelta(microseconds=1)
    sign, rest = ("-", -rest) if rest < 0 else ("", rest)
    parts: list[str] = []
    for unit in ("d", "h", "m"):
        amount, rest = divmod(rest, int(_MICROSECONDS[unit]))
        if amount:
            parts.append(f"{amount}{unit}")
    if rest or not parts:
        parts.append(_format_seconds(rest))
    return sign + "".join(parts)


def _format_seconds(microseconds: int) -> str:
    if microseconds == 0:
        return "0s"
    unit = next(unit for unit in ("s", "ms", "us") if microseconds >= _MICROSECONDS[unit])
    whole, remainder = divmod(microseconds, int(_MICROSECONDS[unit]))
    width = len(str(int(_MICROSECONDS[unit]))) - 1
    fraction = f".{remainder:0{width}}".rstrip("0") if remainder else ""
    return f"{whole}{fraction}{unit}"


def _reason(text: str) -> str:
    if not text.strip():
        return "a duration is missing, write one such as 72h or 30d"
    if len(text) > _LONGEST_TEXT:
        return f"a duration of {len(text)} characters is too long to read, write one such as 72h or 30d"
    if text.startswith("-"):
        return f'"{text}" is negative, a duration here cannot be'
    if re.fullmatch(_AMOUNT, text):
        return f'"{text}" has no unit, write {text}h for hours or {text}d for days'
    meant = _meant(text)
    if meant:
        return f'"{text}" is not a duration, write {meant}'
    return f'"{text}" is not a duration, write one such as 90s, 72h or 30d'


def _meant(text: str) -> str:
    """Return the notation for `5 minutes`, or nothing when the words are not ours."""
    if not re.fullmatch(rf"(?:\s*(?:and\b|,)?\s*(?:{_SPOKEN.pattern}))+\s*", text):
        return ""
    parts = [(amount, _unit_of(word.lower())) for amount, word in _SPOKEN.findall(text)]
    return "".join(amount + unit for amount, unit in parts) if all(unit for _, unit in parts) else ""


def _unit_of(word: str) -> str:
    if word in _MICROSECONDS:
        return word
    return _SPOKEN_UNITS.get(word) or _SPOKEN_UNITS.get(f"{word}s", "")
