"""Times that the server accepts and reads otherwise than people mean them, or that never come.

Told from service/worker/scheduler/{calendar,spec}.go of server 1.32.2, and tried on both engines.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING

from devenv.seeds.kinds.schedule.calendars import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    YEAR,
    parse_cron,
    tokens_of,
)
from devenv.temporal.schedules import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIX = 6
_NTH = re.compile(r"\S+?#([1-5])(?!\d)")


def cautions_of_line(line: str, today: date | None = None) -> list[str]:
    """Return a sentence for each way in which the server reads a valid cron line otherwise than it looks."""
    return [f'"{line}" {caution}' for caution in _of_line(line, today or _today())]


def cautions_of_calendar(calendar: Calendar, today: date | None = None) -> list[str]:
    """Return why times never come, if they do not: with `today` and in the years that the server knows."""
    return list(_of_days(calendar, today or _today()))


def _today() -> date:
    return datetime.now(tz=UTC).date()


def _of_line(line: str, today: date) -> Iterator[str]:
    times = parse_cron(line).times
    if not isinstance(times, Calendar):
        return
    yield from _six_fields(line)
    yield from _sharp(line)
    whole_month = frozenset(range(DAY_OF_MONTH.low, DAY_OF_MONTH.high + 1))
    whole_week = frozenset(range(DAY_OF_WEEK.high))
    if times.day_of_month != whole_month and times.day_of_week != whole_week:
        yield (
            "has a day of month and a day of week: the server runs it only on days that are both, "
            "where cron would on days that are either; if that is meant, write it as a calendar, "
            "else as two lines"
        )
    yield from _of_days(times, today)


def _six_fields(line: str) -> Iterator[str]:
    tokens = tokens_of(line)
    if len(tokens) != _SIX or not tokens[-1].startswith("*"):
        return
    read = zip(FIELDS[1:], tokens, strict=True)
    shown = ", ".join(f"{field.title} {text}" for field, text in read if text != "*") or "every minute"
    yield (
        f"has six fields, and the server takes the sixth for the year: it runs at {shown}; "
        f'with seconds in front it needs seven: "{" ".join(tokens)} *", and without them five'
    )


def _sharp(line: str) -> Iterator[str]:
    found = _NTH.search(line)
    if found is None:
        return
    number = int(found[1])
    first, last = 7 * number - 6, min(7 * number, DAY_OF_MONTH.high)
    read = line.partition("#")[0].strip()
    yield (
        f'has a "#", and the server takes the rest for a comment: it runs as "{read}" says; '
        f"for one week of the month write a calendar with day_of_month {first}-{last} and the day_of_week"
    )


def _of_days(calendar: Calendar, today: date) -> Iterator[str]:
    if _has_a_day(calendar, today):
        return
    if calendar.year and max(calendar.year) <= today.year:
        yield "is of the past: the server accepts it and never runs it"
    else:
        yield "names a day that never comes: the server accepts it and never runs it"


def _has_a_day(calendar: Calendar, today: date) -> bool:
    years = calendar.year or range(today.year, YEAR.high + 1)
    for year, month, day in product(sorted(years), sorted(calendar.month), sorted(calendar.day_of_month)):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today and found.isoweekday() % 7 in calendar.day_of_week:
            return True
    return False
