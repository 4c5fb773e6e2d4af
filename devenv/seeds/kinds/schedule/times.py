"""How times are written in the schedules of a seeds file."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from devenv.files.durations import DurationLimits
from devenv.files.sentences import described, did_you_mean
from devenv.files.strict import LAX, Duration, limited_duration, read_duration
from devenv.seeds.kinds.schedule import calendars
from devenv.seeds.seed_model import SeedModel
from devenv.temporal.schedules import SHORTEST_INTERVAL

INTERVAL_LIMITS = DurationLimits(SHORTEST_INTERVAL)
_TEXT_OR_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def check_timezone(name: str) -> str:
    """Return `name` when it is a time zone; without a time zone database here only the server can tell.

    Raises:
        ValueError: With the nearest name.
    """
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        if known:
            raise ValueError(f'"{name}" is no time zone{did_you_mean(name, known)}') from None
    return name


def _check_cron(line: str) -> str:
    zone = calendars.parse_cron(line).timezone
    if zone:
        check_timezone(zone)
    return line


def _read_list(value: object) -> object:
    """Return a list: one of something may be written without its brackets."""
    return value if isinstance(value, list | tuple | None) else [value]


def _check_field(text: str, field: calendars.Field) -> str:
    calendars.parse_field(text, field)
    return text


def _read_calendar_field(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _calendar_field(field: calendars.Field) -> tuple[object, ...]:
    """Return what checks the text of one field of a calendar; a lone number may be written as one."""
    return (
        BeforeValidator(_read_calendar_field),
        AfterValidator(functools.partial(_check_field, field=field)),
        WithJsonSchema({"type": ["string", "integer"]}),
    )


class CalendarSpec(SeedModel):
    """Times that match every field, in the server's notation: `*`, `5`, `1-5`, `*/15`, `MON-FRI`."""

    second: Annotated[str, *_calendar_field(calendars.SECOND)] = "0"
    minute: Annotated[str, *_calendar_field(calendars.MINUTE)] = "0"
    hour: Annotated[str, *_calendar_field(calendars.HOUR)] = "0"
    day_of_month: Annotated[str, *_calendar_field(calendars.DAY_OF_MONTH)] = "*"
    month: Annotated[str, *_calendar_field(calendars.MONTH)] = "*"
    day_of_week: Annotated[str, *_calendar_field(calendars.DAY_OF_WEEK)] = "*"
    year: Annotated[str, *_calendar_field(calendars.YEAR)] = "*"
    comment: Annotated[str, AfterValidator(calendars.check_comment)] = ""


class IntervalSpec(SeedModel):
    """Every so often, counted from the epoch, plus an offset; `6h/10m` is short for both."""

    every: Annotated[dt.timedelta, *limited_duration("an interval", INTERVAL_LIMITS)]
    offset: Duration = dt.timedelta(0)


def _read_interval(value: object) -> object:
    if isinstance(value, dict | IntervalSpec):
        return value
    every, slash, offset = value.partition("/") if isinstance(value, str) else (value, "", "")
    found = {"every": read_duration(every, INTERVAL_LIMITS)}
    return found | ({"offset": read_duration(offset)} if slash else {})


def _check_interval(interval: IntervalSpec) -> IntervalSpec:
    calendars.check_interval(interval.every, interval.offset)
    return interval


def _read_time(value: object) -> object:
    """Return a moment; one without an offset is in UTC."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f'"{value}" is not a time, write one such as 2027-01-31T09:00:00Z') from None
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    raise ValueError(f"expected a time such as 2027-01-31T09:00:00Z, found {described(value)}")


CronLines = Annotated[
    tuple[Annotated[str, AfterValidator(_check_cron)], ...],
    LAX,
    BeforeValidator(_read_list),
    WithJsonSchema(_TEXT_OR_TEXTS),
]
Intervals = Annotated[
    tuple[Annotated[IntervalSpec, BeforeValidator(_read_interval), AfterValidator(_check_interval)], ...],
    LAX,
    BeforeValidator(_read_list),
]
Calendars = Annotated[tuple[CalendarSpec, ...], LAX, BeforeValidator(_read_list)]
Moment = Annotated[
    dt.datetime, BeforeValidator(_read_time), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A field that is written as RFC 3339 has it; without an offset it is in UTC."""
