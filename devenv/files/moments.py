"""Moments as people write them."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime

_DATE = len("2026-03-01")


def parse_moment(text: str) -> datetime:
    """Return the moment that ISO 8601 `text` means, in the time zone of the machine if it names none.

    Raises:
        ValueError: With the reason, as the end of a sentence.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("no moment of ISO 8601") from None
    if len(text.strip()) <= _DATE:
        raise ValueError("a date without a time of day")
    if moment.year in {MINYEAR, MAXYEAR}:
        raise ValueError("a year that in another time zone may be none")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    if _is_ambiguous(moment):
        raise ValueError("a time that the clock of this machine shows twice, or never, on that day")
    return moment.astimezone(UTC)


def shown_moment(moment: datetime) -> str:
    """Return a moment in the time zone of the machine, as it can be typed again."""
    return moment.astimezone().isoformat()


def _is_ambiguous(moment: datetime) -> bool:
    """Whether clocks go back over a local time, or forward: then it is not one moment."""
    return moment.replace(fold=0).astimezone(UTC) != moment.replace(fold=1).astimezone(UTC)
