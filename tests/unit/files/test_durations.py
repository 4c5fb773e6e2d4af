from __future__ import annotations

from datetime import timedelta

import pytest

from devenv.files.durations import DurationLimits, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("250ms", timedelta(milliseconds=250)),
        ("1.5h", timedelta(minutes=90)),
        (".5s", timedelta(milliseconds=500)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("1d12h", timedelta(hours=36)),
        ("3us", timedelta(microseconds=3)),
        ("3\u00b5s", timedelta(microseconds=3)),
        ("3\u03bcs", timedelta(microseconds=3)),
        ("2500ns", timedelta(microseconds=2)),
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_read_as_go_reads_it_with_days_and_weeks_added(text: str, duration: timedelta) -> None:
    """Each unit has its length, and parts add up."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("5 minutes", "write 5m"),
        ("1 hour and 30 mins", "write 1h30m"),
        ("1h 30m", "write 1h30m"),
        ("2 Days", "write 2d"),
        ("72", "write 72h for hours or 72d for days"),
        ("", "a duration is missing"),
        ("-5m", "negative"),
        ("soon", "write one such as 90s, 72h or 30d"),
        ("5 parsecs", "write one such as 90s, 72h or 30d"),
        ("1h\n", "write 1h"),
        ("9999999999w", "longer than any duration"),
        ("1" * 5000 + "h", "5001 characters"),
        ("\u0663h", "is not a duration"),
    ],
)
def test_what_is_not_a_duration_is_refused_with_advice(text: str, advice: str) -> None:
    """The reason says what to write instead, where that can be guessed."""
    with pytest.raises(ValueError, match=advice):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("72h", "3d"),
        ("90m", "1h30m"),
        ("2w", "14d"),
        ("36h", "1d12h"),
        ("250ms", "250ms"),
        ("1500ms", "1.5s"),
        ("61.05s", "1m1.05s"),
        ("1001us", "1.001ms"),
        ("7us", "7us"),
        ("0", "0s"),
    ],
)
def test_a_duration_is_written_the_shortest_way(text: str, shortest: str) -> None:
    """What is written reads back as the same duration."""
    duration = parse_duration(text)

    assert format_duration(duration) == shortest
    assert parse_duration(shortest) == duration


def test_a_negative_difference_of_durations_can_be_written() -> None:
    """A clock that went back does not break a message."""
    assert format_duration(timedelta(minutes=-90)) == "-1h30m"


HOUR = DurationLimits(timedelta(hours=1))
SHORT = DurationLimits(timedelta(seconds=10), timedelta(minutes=2))


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        (
            "5 minutes",
            HOUR,
            (
                '"5 minutes" is not a duration, and as 5m it would be refused: '
                "write one such as 72h or 30d, at least 1h"
            ),
        ),
        ("3 days", HOUR, '"3 days" is not a duration, write 3d'),
        ("0.5", HOUR, '"0.5" has no unit, write 0.5d for days'),
        ("0.01", HOUR, '"0.01" has no unit, write one such as 72h or 30d, at least 1h'),
        ("72", HOUR, '"72" has no unit, write 72h for hours or 72d for days'),
        ("90", SHORT, '"90" has no unit, write 90s for seconds'),
        ("1", SHORT, '"1" has no unit, write 1m for minutes'),
        ("", SHORT, "a duration is missing, write one such as 90s, at least 10s and at most 2m"),
        (
            "soon",
            DurationLimits(timedelta(days=99)),
            '"soon" is not a duration, write one such as 99d, at least 99d',
        ),
        ("9" * 40, HOUR, f'"{"9" * 40}" has no unit, write one such as 72h or 30d, at least 1h'),
    ],
)
def test_advice_is_never_refused_where_it_is_given(text: str, limits: DurationLimits, reason: str) -> None:
    """The shortest retention of the server is an hour, so nobody is told to write five minutes."""
    with pytest.raises(ValueError, match="write") as caught:
        parse_duration(text, limits)
    assert str(caught.value) == reason
