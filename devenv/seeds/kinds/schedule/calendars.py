"""Reads cron lines and calendars the way the server does, and writes them back as cron lines.

The grammar is that of service/worker/scheduler/calendar.go of server 1.32.2: five fields, six with a year at
the end, seven with seconds in front as well; names of months and days; `@daily` and its like, `@every 1h/5m`;
a time zone before and a comment behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.files.durations import format_duration, parse_duration
from devenv.temporal.schedules import SHORTEST_INTERVAL, Calendar, Interval, to_ranges

if TYPE_CHECKING:
    from datetime import timedelta

    from devenv.temporal.schedules import Range

LONGEST_COMMENT = 200

_NUMBER = re.compile(r"\+?[0-9]{1,9}", re.ASCII)
_OF_QUARTZ = re.compile(r"(?:^|[\d,])L(?:W|-\d+)?(?=$|,)|(?:^|,)\d+W(?=$|,)|[A-Za-z]L$")
_ZONE_PREFIXES = ("TZ=", "CRON_TZ=")
_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True)
class Field:
    """One field of a calendar: its limits, and names of its values, of which `shortest` letters will do."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    shortest: int = 0

    @property
    def title(self) -> str:
        """Its name, in words."""
        return self.name.replace("_", " ")

    def value(self, text: str) -> int | None:
        """Return the value that `text` means, None if it means none."""
        if self.names and len(text) >= self.shortest:
            for index, name in enumerate(self.names):
                if name.startswith(text.lower()):
                    return index + (1 if self.low else 0)
        value = int(text) if _NUMBER.fullmatch(text) else None
        return value if value is not None and self.low <= value <= self.high else None


_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

SECOND = Field("second", 0, 59)
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY_OF_MONTH = Field("day_of_month", 1, 31)
MONTH = Field("month", 1, 12, _MONTHS, shortest=3)
DAY_OF_WEEK = Field("day_of_week", 0, 7, _DAYS, shortest=2)
YEAR = Field("year", 2000, 2100)

FIELDS = (SECOND, MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK, YEAR)
# How the tokens of a line fill the fields, by their number.
_FORMS = {5: FIELDS[1:6], 6: FIELDS[1:], 7: FIELDS}
_DEFAULTS = {"second": "0", "year": "*"}


@dataclass(frozen=True)
class CronLine:
    """What one cron line says; without a time zone of its own that of the schedule counts."""

    times: Calendar | Interval
    timezone: str = ""


def parse_field(text: str, field: Field) -> frozenset[int]:
    """Return the values that match `text`; none at all stand for every year.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    if text == "*" and field is YEAR:
        return frozenset()
    return frozenset().union(*(_parse_part(part, field) for part in text.split(",")))


def parse_cron(line: str) -> CronLine:
    """Read one cron line.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    try:
        return _parse_cron(line.strip())
    except ValueError as error:
        raise ValueError(f'"{line}" is not a cron line: {error}') from None


def to_cron(times: Calendar | Interval) -> str:
    """Return the shortest line that `parse_cron` reads back as `times`."""
    if isinstance(times, Interval):
        return f"@every {format_interval(times)}"
    tokens = [format_field(getattr(times, field.name), field) for field in FIELDS]
    has_seconds, has_years = tokens[0] != "0", tokens[-1] != "*"
    shown = tokens if has_seconds else tokens[1:] if has_years else tokens[1:-1]
    return " ".join(shown) + (f" # {times.comment}" if times.comment else "")


def format_interval(interval: Interval) -> str:
    """Return an interval as `1h`, or `1h/5m` with an offset."""
    offset = f"/{format_duration(interval.offset)}" if interval.offset else ""
    return format_duration(interval.every) + offset


def check_interval(every: timedelta, offset: timedelta) -> Interval:
    """Return the interval.

    Raises:
        ValueError: The server would refuse it.
    """
    if every < SHORTEST_INTERVAL:
        raise ValueError(f"an interval of {format_duration(every)} is too short, it is at least 1s")
    if offset >= every:
        raise ValueError(
            f"an offset of {format_duration(offset)} is not shorter "
            f"than its interval of {format_duration(every)}"
        )
    return Interval(every, offset)


def check_comment(comment: str) -> str:
    """Return `comment`.

    Raises:
        ValueError: It is longer than the server takes.
    """
    if len(comment.encode()) > LONGEST_COMMENT:
        raise ValueError(
            f"a comment has at most {LONGEST_COMMENT} bytes, this one has {len(comment.encode())}"
        )
    return comment


def _parse_cron(line: str) -> CronLine:
    zone = ""
    if line.startswith(_ZONE_PREFIXES):
        prefix, _, line = line.partition(" ")
        zone = prefix.partition("=")[2]
    line, _, comment = line.partition("#")
    line = line.strip()
    if line.startswith("@every"):
        return CronLine(_parse_every(line), zone)
    tokens = _SHORTHANDS.get(line, line).split()
    if len(tokens) not in _FORMS:
        raise ValueError(f"five to seven fields are needed, found {len(tokens)}")
    try:
        values = _values(tokens)
    except ValueError as error:
        raise ValueError(f"{error}{_advice(tokens)}") from None
    return CronLine(Calendar(**values, comment=check_comment(comment.strip())), zone)


def tokens_of(line: str) -> list[str]:
    """Return the fields of a cron line, without its time zone and comment."""
    if line.startswith(_ZONE_PREFIXES):
        line = line.partition(" ")[2]
    line = line.partition("#")[0].strip()
    return _SHORTHANDS.get(line, line).split()


def _values(tokens: list[str]) -> dict[str, frozenset[int]]:
    written = {field.name: token for field, token in zip(_FORMS[len(tokens)], tokens, strict=True)}
    return {field.name: parse_field((_DEFAULTS | written)[field.name], field) for field in FIELDS}


def _advice(tokens: list[str]) -> str:
    """Return what the writer may have meant by a line that the server refuses."""
    plain = ["*" if each == "?" else each for each in tokens]
    if len(plain) == 6 and _is_readable([*plain, "*"]):  # noqa: PLR2004  seconds first, as in Quartz and Spring
        line = " ".join([*plain, "*"])
        return f'; the sixth field is the year: with seconds in front write seven fields, "{line}"'
    if plain != tokens and _is_readable(plain):
        return f'; the server knows no ?, write "{" ".join(plain)}"'
    if any(_OF_QUARTZ.search(token) for token in tokens):
        return "; the server knows no L and W, write the days"
    return ""


def _is_readable(tokens: list[str]) -> bool:
    try:
        _values(tokens)
    except ValueError:
        return False
    return True


def _parse_every(line: str) -> Interval:
    every, _, offset = line.removeprefix("@every").strip().partition("/")
    return check_interval(parse_duration(every), parse_duration(offset or "0"))


def _parse_part(part: str, field: Field) -> frozenset[int]:
    body, slash, step = part.partition("/")
    if slash and (not _NUMBER.fullmatch(step) or int(step) < 1):
        raise ValueError(f'{field.title} "{part}" needs a whole number of at least 1 after its slash')
    start, end = _parse_ends(body, field, is_open=bool(slash))
    values = range(start, end + 1, int(step or 1))
    # Sunday is 0 and 7.
    return frozenset(value % 7 for value in values) if field is DAY_OF_WEEK else frozenset(values)


def _parse_ends(body: str, field: Field, *, is_open: bool) -> tuple[int, int]:
    if body == "*":
        return field.low, field.high
    first, dash, last = body.partition("-")
    start, end = field.value(first), field.value(last if dash else first)
    if start is None or end is None:
        raise ValueError(f'{field.title} "{body}" is not in {field.low}-{field.high}')
    if end < start:
        raise ValueError(f'{field.title} "{body}" ends before it starts')
    return start, field.high if is_open and not dash else end


def format_field(values: frozenset[int], field: Field) -> str:
    """Return the shortest text that `parse_field` reads back as `values`."""
    highest = 6 if field is DAY_OF_WEEK else field.high
    if (not values and field is YEAR) or values == frozenset(range(field.low, highest + 1)):
        return "*"
    return ",".join(_format_range(each, field.low, highest) for each in to_ranges(values))


def _format_range(each: Range, low: int, high: int) -> str:
    if each.step == 1:
        return str(each.start) if each.start == each.end else f"{each.start}-{each.end}"
    is_whole = each.start == low and each.end + each.step > high
    return f"*/{each.step}" if is_whole else f"{each.start}-{each.end}/{each.step}"
