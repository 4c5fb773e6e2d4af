"""Progress as lines, for people and for programs, and progress that never comes."""

from __future__ import annotations

import io
import json
import re
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from devenv.cli.output.deferred import DeferredReporter
from devenv.cli.output.documents import JsonLinesReporter
from devenv.cli.output.live import LiveReporter
from devenv.cli.output.plain import PlainReporter, StepsReporter
from devenv.cli.output.terminal import THEME
from devenv.events import LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.events import Event

PAUSE_S = 0.05


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(screen: io.StringIO) -> Iterator[PlainReporter]:
    made = PlainReporter(Console(file=screen, theme=THEME, width=200), pauses_s=[PAUSE_S])
    yield made
    made.close()


@pytest.fixture
def still(screen: io.StringIO) -> PlainReporter:
    """Return a reporter for which no time passes, and that gives no sign of life."""
    return PlainReporter(Console(file=screen, theme=THEME, width=200), pauses_s=[60.0], clock=lambda: 0.0)


def wait_for(screen: io.StringIO, text: str) -> None:
    deadline = time.monotonic() + 5
    while text not in screen.getvalue():
        assert time.monotonic() < deadline, screen.getvalue()
        time.sleep(0.01)


def told(screen: io.StringIO) -> list[str]:
    """Return the lines without the time of day."""
    return [line.partition(" ")[2] for line in screen.getvalue().splitlines()]


def test_a_step_that_says_nothing_shows_signs_of_life(reporter: PlainReporter, screen: io.StringIO) -> None:
    """With the seconds it has taken and the last thing it said; a compiler is silent for minutes."""
    reporter.report(StepEvent("image temporal", StepStatus.STARTED))
    reporter.report(LogEvent("image temporal", "building temporal-server"))

    wait_for(screen, "… 0 s  image temporal: building temporal-server")


def test_of_steps_side_by_side_the_one_with_the_last_news_lives(
    reporter: PlainReporter, screen: io.StringIO
) -> None:
    """One that keeps saying the same has no news."""
    for step in ("image opensearch", "image temporal", "image ui"):
        reporter.report(StepEvent(step, StepStatus.STARTED))
    reporter.report(StepEvent("image opensearch", StepStatus.WAITING, "downloading"))
    reporter.report(StepEvent("image temporal", StepStatus.WAITING, "building temporal-server"))
    reporter.report(StepEvent("image opensearch", StepStatus.WAITING, "downloading"))

    wait_for(screen, "… 0 s  image temporal: building temporal-server")
    assert "… image opensearch" not in screen.getvalue()
    assert "… image ui" not in screen.getvalue()


def test_all_that_is_waited_for_is_one_line(reporter: PlainReporter, screen: io.StringIO) -> None:
    """In words for people: what is technical is for those who wait in vain."""
    reporter.report(StepEvent("frontend", StepStatus.STARTED))
    reporter.report(StepEvent("postgres", StepStatus.WAITING, "Postgres is starting"))
    reporter.report(StepEvent("temporal", StepStatus.WAITING, "waiting for the database"))
    reporter.report(StepEvent("frontend", StepStatus.WAITING, "Connection refused", is_technical=True))

    wait_for(screen, "… 0 s  database: Postgres is starting · server: waiting for the database\n")
    assert "refused" not in screen.getvalue()


def test_silence_grows_from_line_to_line(screen: io.StringIO) -> None:
    """Nobody reads a hundred lines that say the same."""
    reporter = PlainReporter(Console(file=screen, theme=THEME, width=200), pauses_s=[PAUSE_S, 60])
    reporter.report(StepEvent("image temporal", StepStatus.STARTED))
    wait_for(screen, "… 0 s  image temporal")
    time.sleep(3 * PAUSE_S)
    reporter.close()

    assert len(told(screen)) == 1


def test_a_step_that_ended_is_told_once(reporter: PlainReporter, screen: io.StringIO) -> None:
    """Afterwards there is nothing to wait for, and so no sign of life."""
    reporter.report(StepEvent("engine", StepStatus.STARTED))
    reporter.report(StepEvent("engine", StepStatus.DONE, "compose"))
    before = screen.getvalue()
    time.sleep(3 * PAUSE_S)

    assert told(screen) == ["✓ engine        compose"]
    assert screen.getvalue() == before


def test_a_part_that_was_waited_for_says_how_long(still: PlainReporter, screen: io.StringIO) -> None:
    """The database, the search index, the server and the Web UI."""
    still.report(StepEvent("postgres", StepStatus.STARTED))
    still.report(StepEvent("postgres", StepStatus.WAITING, "Postgres is starting"))
    still.report(StepEvent("postgres", StepStatus.DONE, "healthy"))

    assert told(screen) == ["✓ database      ready after 0.0 s"]


def test_what_failed_is_told_at_the_end(still: PlainReporter, screen: io.StringIO) -> None:
    """With what it did last; the reason is the error's to tell."""
    still.report(StepEvent("frontend", StepStatus.STARTED))
    still.report(StepEvent("temporal", StepStatus.WAITING, "waiting for the database"))
    still.report(StepEvent("frontend", StepStatus.FAILED, "The stack was not ready after 5 s"))
    assert told(screen) == []
    still.close()

    assert told(screen) == ["✗ server        after 0.0 s: waiting for the database"]


def test_quiet_lets_only_warnings_through(screen: io.StringIO) -> None:
    """What is lost or missing must be said all the same."""
    reporter = PlainReporter(Console(file=screen, theme=THEME, width=200), quiet=True)
    reporter.report(StepEvent("ports", StepStatus.STARTED))
    reporter.report(StepEvent("ports", StepStatus.DONE))
    reporter.report(LogEvent("ports", "x"))
    reporter.report(WarningEvent("port 7233 is taken"))
    reporter.close()

    assert told(screen) == ["warning: port 7233 is taken"]


def test_verbose_names_every_step_and_what_it_says(screen: io.StringIO) -> None:
    """By the names that JSON has, each word once."""
    reporter = StepsReporter(Console(file=screen, theme=THEME, width=200))
    reporter.report(StepEvent("frontend", StepStatus.STARTED))
    for _ in range(3):
        reporter.report(StepEvent("frontend", StepStatus.WAITING, "Connection refused", is_technical=True))
    reporter.report(LogEvent("image ui", "#8 0.3 Get:1"))
    reporter.report(StepEvent("frontend", StepStatus.DONE))
    reporter.report(StepEvent("launch", StepStatus.FAILED, "Port 7233 is taken"))
    reporter.close()

    assert told(screen) == [
        "frontend …",
        "… frontend  Connection refused",
        "image ui: #8 0.3 Get:1",
        "✓ frontend",
        "✗ launch",
    ]


def test_the_live_view_keeps_what_failed_on_the_screen() -> None:
    """And what was still waited for then; the last picture stays above the error."""
    screen = io.StringIO()
    console = Console(file=screen, theme=THEME, width=80, force_terminal=True, no_color=True)
    reporter = LiveReporter(console, clock=lambda: 0.0)
    reporter.report(StepEvent("frontend", StepStatus.STARTED))
    reporter.report(StepEvent("postgres", StepStatus.WAITING, "Postgres is starting"))
    reporter.report(StepEvent("frontend", StepStatus.FAILED, "The stack was not ready after 5 s"))
    reporter.close()

    last = [line.strip() for line in screen.getvalue().splitlines()[-3:]]
    assert any(re.search(r"- +database +\d+\.\d s Postgres is starting", line) for line in last)
    assert any(re.search(r"✗ +server +\d+\.\d s starting", line) for line in last)


@pytest.mark.parametrize(
    ("event", "step", "status"),
    [
        (StepEvent("ports", StepStatus.DONE, "gRPC 7233"), "ports", "done"),
        (LogEvent("image ui", "gRPC 7233"), "image ui", None),
        (WarningEvent("gRPC 7233"), None, None),
    ],
    ids=["step", "log", "warning"],
)
def test_every_event_has_every_field(
    capsys: pytest.CaptureFixture[str], event: Event, step: str | None, status: str | None
) -> None:
    """Null stands where there is nothing to say, so that a program need not ask first."""
    JsonLinesReporter().report(event)

    line = json.loads(capsys.readouterr().out)
    assert line.keys() == {"event", "step", "status", "elapsed_s", "message"}
    assert (line["step"], line["status"], line["message"]) == (step, status, "gRPC 7233")


def test_a_reporter_is_made_for_the_first_event(screen: io.StringIO) -> None:
    """Once: two of them would draw over each other."""
    made: list[PlainReporter] = []

    def make() -> PlainReporter:
        made.append(PlainReporter(Console(file=screen, theme=THEME, width=200)))
        return made[-1]

    reporter = DeferredReporter(make)
    reporter.close()
    assert made == []

    reporter.report(StepEvent("image ui", StepStatus.DONE, "gRPC 7233"))
    reporter.report(WarningEvent("port 7233 is taken"))
    reporter.close()
    assert len(made) == 1
    assert told(screen) == [
        "✓ image ui      gRPC 7233",
        "warning: port 7233 is taken",
    ]
