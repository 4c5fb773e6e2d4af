"""Cron lines that the server accepts, and reads otherwise than people mean them."""

from __future__ import annotations

from datetime import date

import pytest

from devenv.seeds.kinds.schedule.calendars import parse_cron
from devenv.seeds.kinds.schedule.cautions import cautions_of_line

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("line", "caution"),
    [
        (
            "0 0 2 * * *",
            (
                "has six fields, and the server takes the sixth for the year: it runs at minute 0, hour 0, "
                'day of month 2; with seconds in front it needs seven: "0 0 2 * * * *", and without them five'
            ),
        ),
        (
            "CRON_TZ=UTC 0 */5 * * * *",
            (
                "has six fields, and the server takes the sixth for the year: it runs at minute 0, hour */5; "
                'with seconds in front it needs seven: "0 */5 * * * * *", and without them five'
            ),
        ),
        (
            "0 9 * * MON#2",
            (
                'has a "#", and the server takes the rest for a comment: it runs as "0 9 * * MON" says; '
                "for one week of the month write a calendar with day_of_month 8-14 and the day_of_week"
            ),
        ),
        (
            "0 0 13 * FRI",
            (
                "has a day of month and a day of week: the server runs it only on days that are both, "
                "where cron would on days that are either; if that is meant, write it as a calendar, "
                "else as two lines"
            ),
        ),
        ("0 0 30 2 *", "names a day that never comes: the server accepts it and never runs it"),
        ("0 0 31 4,6,9,11 *", "names a day that never comes: the server accepts it and never runs it"),
        ("0 0 29 2 * 2027", "names a day that never comes: the server accepts it and never runs it"),
        ("0 0 1 1 * 2020", "is of the past: the server accepts it and never runs it"),
        ("0 0 27 11 * 2026", "is of the past: the server accepts it and never runs it"),
    ],
)
def test_a_line_is_explained(line: str, caution: str) -> None:
    """With what the server does."""
    assert cautions_of_line(line, TODAY) == [f'"{line}" {caution}']


@pytest.mark.parametrize(
    "line",
    [
        "0 2 * * *",
        "@daily",
        "@every 1h",
        "0 0 28 11 * 2026",
        "0 0 29 2 *",
        "0 12 * * * # noon #1",
        "0 0 * * 0-7",
        "30 0 2 * * * *",
        "0 2 * * * 2030",
        "0 0 1-31 * MON",
    ],
)
def test_an_ordinary_line_is_not(line: str) -> None:
    """Nor one that says the year, or has seconds and seven fields."""
    assert cautions_of_line(line, TODAY) == []


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("0 30 9 * * MON-FRI", 'with seconds in front write seven fields, "0 30 9 * * MON-FRI *"'),
        ("0 0 12 ? * MON", 'with seconds in front write seven fields, "0 0 12 * * MON *"'),
        ("0 12 ? * MON", 'the server knows no ?, write "0 12 * * MON"'),
        ("0 0 L * *", "the server knows no L and W, write the days"),
        ("0 0 15W * *", "the server knows no L and W, write the days"),
        ("0 9 * * 5L", "the server knows no L and W, write the days"),
    ],
)
def test_a_line_of_quartz_is_refused_with_what_to_write(line: str, advice: str) -> None:
    """The server refuses it, too."""
    with pytest.raises(ValueError, match="is not a cron line") as caught:
        parse_cron(line)
    assert str(caught.value).endswith(advice)
