"""Cron lines, read as the server reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devenv.seeds.kinds.schedule import calendars
from devenv.seeds.kinds.schedule.calendars import parse_cron, parse_field, to_cron
from devenv.temporal.schedules import Calendar, Interval, Range, to_ranges, to_values


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("*", calendars.HOUR, set(range(24))),
        ("5", calendars.MINUTE, {5}),
        ("+05", calendars.MINUTE, {5}),
        ("1-5", calendars.DAY_OF_MONTH, {1, 2, 3, 4, 5}),
        ("1-5/2", calendars.DAY_OF_MONTH, {1, 3, 5}),
        ("*/20", calendars.SECOND, {0, 20, 40}),
        ("50/5", calendars.SECOND, {50, 55}),
        ("1-3,7,3", calendars.HOUR, {1, 2, 3, 7}),
        ("jan-MAR,dec", calendars.MONTH, {1, 2, 3, 12}),
        ("sept", calendars.MONTH, {9}),
        ("su", calendars.DAY_OF_WEEK, {0}),
        ("7", calendars.DAY_OF_WEEK, {0}),
        ("fri-7", calendars.DAY_OF_WEEK, {5, 6, 0}),
        ("3-7/3", calendars.DAY_OF_WEEK, {3, 6}),
        ("1-7/2", calendars.DAY_OF_WEEK, {0, 1, 3, 5}),
        ("*/2", calendars.DAY_OF_WEEK, {0, 2, 4, 6}),
        ("*", calendars.YEAR, set()),
        ("2030-2032", calendars.YEAR, {2030, 2031, 2032}),
    ],
)
def test_a_field_is_the_set_of_its_values(text: str, field: calendars.Field, values: set[int]) -> None:
    """As in `makeRange` of the server; Sunday is 0 and 7."""
    assert parse_field(text, field) == values


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("24", calendars.HOUR, 'hour "24" is not in 0-23'),
        ("0", calendars.DAY_OF_MONTH, 'day of month "0" is not in 1-31'),
        ("ja", calendars.MONTH, 'month "ja" is not in 1-12'),
        ("s", calendars.DAY_OF_WEEK, 'day of week "s" is not in 0-7'),
        ("fri-sun", calendars.DAY_OF_WEEK, 'day of week "fri-sun" ends before it starts'),
        ("1-2-3", calendars.HOUR, 'hour "1-2-3" is not in 0-23'),
        ("1/2/3", calendars.HOUR, 'hour "1/2/3" needs a whole number of at least 1 after its slash'),
        ("1/", calendars.HOUR, 'hour "1/" needs a whole number of at least 1 after its slash'),
        ("*/0", calendars.HOUR, 'hour "*/0" needs a whole number of at least 1 after its slash'),
        ("1,,2", calendars.HOUR, 'hour "" is not in 0-23'),
        ("1999", calendars.YEAR, 'year "1999" is not in 2000-2100'),
        ("\u0665", calendars.HOUR, 'hour "\u0665" is not in 0-23'),
    ],
)
def test_what_the_server_would_refuse_is_refused(text: str, field: calendars.Field, reason: str) -> None:
    """With the field in the sentence."""
    with pytest.raises(ValueError, match=field.title) as caught:
        parse_field(text, field)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("line", "canonical", "timezone"),
    [
        ("0 2 * * *", "0 2 * * *", ""),
        ("  */15 9-17 * * MON-FRI ", "*/15 9-17 * * 1-5", ""),
        ("0 2 * * * 2030", "0 2 * * * 2030", ""),
        ("0 0 2 * * * *", "0 2 * * *", ""),
        ("30 0 2 * * * *", "30 0 2 * * * *", ""),
        ("CRON_TZ=Europe/Paris 0 2 * * *", "0 2 * * *", "Europe/Paris"),
        ("TZ=UTC @daily", "0 0 * * *", "UTC"),
        ("0 2 * * * # every night ", "0 2 * * * # every night", ""),
        ("@weekly", "0 0 * * 0", ""),
        ("@annually", "0 0 1 1 *", ""),
        ("@every 90m", "@every 1h30m", ""),
        ("@every 1d/6h", "@every 1d/6h", ""),
        ("0,15,30,45 0 1,2,15 * *", "*/15 0 1-2,15 * *", ""),
    ],
)
def test_a_line_is_read_and_written_in_its_shortest_form(line: str, canonical: str, timezone: str) -> None:
    """Which means the same."""
    read = parse_cron(line)
    assert (to_cron(read.times), read.timezone) == (canonical, timezone)
    assert parse_cron(canonical).times == read.times


@pytest.mark.parametrize(
    "line",
    [
        "",
        "* * * *",
        "* * * * * * * *",
        "TZ=UTC",
        "@nightly",
        "@every",
        "@every 0.5s",
        "@every 1h/1h",
        "@every x",
    ],
)
def test_no_cron_line(line: str) -> None:
    """It is quoted in the reason."""
    with pytest.raises(ValueError, match="is not a cron line: ") as caught:
        parse_cron(line)
    assert str(caught.value).startswith(f'"{line}"')


def test_a_comment_has_its_length() -> None:
    """In bytes, as the server counts."""
    parse_cron("@daily # " + "x" * 200)
    with pytest.raises(ValueError, match="at most 200 bytes, this one has 202"):
        parse_cron("@daily # " + "é" * 101)


def test_both_kinds_of_times_have_their_values() -> None:
    """Nothing of a line is lost."""
    assert parse_cron("@every 1h/5m").times == Interval(timedelta(hours=1), timedelta(minutes=5))
    calendar = parse_cron("1 2 3 4 5 # c").times
    one = [frozenset({number}) for number in range(6)]
    assert calendar == Calendar(one[0], one[1], one[2], one[3], one[4], one[5], comment="c")


@pytest.mark.parametrize(
    ("values", "ranges"),
    [
        (set(), []),
        ({3}, [Range(3, 3)]),
        ({1, 2}, [Range(1, 2)]),
        ({1, 9}, [Range(1, 1), Range(9, 9)]),
        ({0, 15, 30, 45}, [Range(0, 45, 15)]),
        ({1, 2, 3, 7}, [Range(1, 3), Range(7, 7)]),
    ],
)
def test_values_become_ranges_and_back(values: set[int], ranges: list[Range]) -> None:
    """The server stores ranges."""
    assert to_ranges(values) == ranges
    assert to_values(ranges) == values


def test_an_end_before_the_start_is_the_start() -> None:
    """So the server leaves out what needs not be said."""
    assert to_values([Range(5, 0, 0)]) == {5}
