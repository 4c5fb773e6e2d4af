"""Moments as people write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from devenv.files.moments import parse_moment, shown_moment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the machine be in a time zone that changes its clocks."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T18:30:05Z", datetime(2026, 3, 1, 18, 30, 5, tzinfo=UTC)),
        ("2026-03-01 18:30:05+01:00", datetime(2026, 3, 1, 17, 30, 5, tzinfo=UTC)),
        (" 2026-03-01T18:30 ", datetime(2026, 3, 1, 17, 30, tzinfo=UTC)),
        ("2026-07-01T18:30:00.25", datetime(2026, 7, 1, 16, 30, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_one_of_the_machine(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment
    assert parse_moment(shown_moment(moment)) == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "no moment of ISO 8601"),
        ("18:30", "no moment of ISO 8601"),
        ("2026-03-01", "a date without a time of day"),
        ("20260301", "a date without a time of day"),
        ("0001-01-01T00:00:00+05:00", "a year that"),
        ("9999-12-31T23:59:59Z", "a year that"),
        ("2026-10-25T02:30:00", "twice, or never"),
        ("2026-03-29T02:30:00", "twice, or never"),
    ],
)
def test_what_is_no_single_moment_is_refused(text: str, reason: str) -> None:
    """With the reason; clocks go back over an hour in October, and leave one out in March."""
    with pytest.raises(ValueError, match=reason):
        parse_moment(text)
