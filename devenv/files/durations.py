"""Durations as people write them: Go's notation, plus days and weeks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_EXAMPLES = ("90s", "72h", "30d")


@dataclass(frozen=True)
class DurationLimits:
    """Which durations are accepted in one place, so that no advice names one that is refused there."""

    shortest: timedelta = timedelta(0)
    longest: timedelta = timedelta.max

    def __contains__(self, duration: timedelta) -> bool:
        return self.shortest <= duration <= self.longest

    @property
    def text(self) -> str:
        """The limits in words: `at least 1h`."""
        parts = [f"at least {format_duration(self.shortest)}"] if self.shortest else []
        parts += [f"at most {format_duration(self.longest)}"] if self.longest != timedelta.max else []
        return " and ".join(parts)

    def accepted(self, texts: Iterable[str]) -> list[str]:
        """Return those of `texts` that are durations within the limits."""
        return [text for text in texts if self._accepts(text)]

    def _accepts(self, text: str) -> bool:
        try:
            return parse_duration(text) in self
        except ValueError:
            return False


NO_LIMITS = DurationLimits()


def parse_duration(text: str, limits: DurationLimits = NO_LIMITS) -> timedelta:
    """Read a duration such as `1h30m`, `250ms`, `1.5h`, `30d` or `2w`.

    Every number needs its unit, except a lone `0`. Nanoseconds are rounded to microseconds. What is readable
    is returned whatever `limits` say: they only keep the advice from naming a duration that is refused.

    Raises:
        ValueError: With a sentence for the person who wrote `text`.
    """
    if text == "0":
        return timedelta(0)
    if len(text) > _LONGEST_TEXT or not _WHOLE.fullmatch(text):
        raise ValueError(_reason(text, limits))
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


def _reason(text: str, limits: DurationLimits) -> str:
    example = _example(limits)
    if not text.strip():
        return f"a duration is missing, write {example}"
    if len(text) > _LONGEST_TEXT:
        return f"a duration of {len(text)} characters is too long to read, write {example}"
    return _advice(text, example, limits)


def _advice(text: str, example: str, limits: DurationLimits) -> str:
    if text.startswith("-"):
        return f'"{text}" is negative, a duration here cannot be'
    if re.fullmatch(_AMOUNT, text):
        return f'"{text}" has no unit, write {_with_unit(text, limits) or example}'
    meant = _meant(text)
    if not meant:
        return f'"{text}" is not a duration, write {example}'
    if not limits.accepted([meant]):
        return f'"{text}" is not a duration, and as {meant} it would be refused: write {example}'
    return f'"{text}" is not a duration, write {meant}'


def _with_unit(amount: str, limits: DurationLimits) -> str:
    """Return the durations that a lone number may mean: hours and days, or if those are refused less."""
    for units in ({"h": "hours", "d": "days"}, {"m": "minutes", "s": "seconds"}):
        meant = [
            f"{amount}{unit} for {name}" for unit, name in units.items() if limits.accepted([amount + unit])
        ]
        if meant:
            return " or ".join(meant)
    return ""


def _example(limits: DurationLimits) -> str:
    """Return the words for a duration that is accepted."""
    examples = limits.accepted(_EXAMPLES) or [format_duration(limits.shortest)]
    *others, last = examples
    shown = f"{', '.join(others)} or {last}" if others else last
    return f"one such as {shown}" + (f", {limits.text}" if limits.text else "")


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
