"""Progress as lines, for people and for programs, and progress that never comes."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from devenv.cli.output.deferred import DeferredReporter
from devenv.cli.output.json_lines import JsonLinesReporter
from devenv.cli.output.plain import PlainReporter
from devenv.cli.output.terminal import THEME
from devenv.events import LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.events import Event

HEARTBEAT_S = 0.05


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(screen: io.StringIO) -> Iterator[PlainReporter]:
    made = PlainReporter(Console(file=screen, theme=THEME, width=200), heartbeat_s=HEARTBEAT_S)
    yield made
    made.close()


def wait_for(screen: io.StringIO, text: str) -> None:
    deadline = time.monotonic() + 5
    while text not in screen.getvalue():
        assert time.monotonic() < deadline, screen.getvalue()
        time.sleep(0.01)


def test_a_step_that_says_nothing_shows_signs_of_life(reporter: PlainReporter, screen: io.StringIO) -> None:
    """With the seconds it has taken and the last thing it said; a compiler is silent for minutes."""
    reporter.report(StepEvent("image temporal", StepStatus.STARTED))
    reporter.report(LogEvent("image temporal", "building temporal-server"))

    wait_for(screen, "… image temporal (0 s)  building temporal-server")


def test_the_step_that_began_last_is_the_one_that_lives(reporter: PlainReporter, screen: io.StringIO) -> None:
    """The others wait for it."""
    reporter.report(StepEvent("engine", StepStatus.STARTED))
    reporter.report(StepEvent("image ui", StepStatus.STARTED))

    wait_for(screen, "… image ui")
    assert "… engine" not in screen.getvalue()


def test_of_steps_side_by_side_the_one_with_the_last_news_lives(
    reporter: PlainReporter, screen: io.StringIO
) -> None:
    """One that keeps saying the same has no news."""
    for step in ("image opensearch", "image temporal", "image ui"):
        reporter.report(StepEvent(step, StepStatus.STARTED))
    reporter.report(StepEvent("image opensearch", StepStatus.WAITING, "downloading"))
    reporter.report(StepEvent("image temporal", StepStatus.WAITING, "building temporal-server"))
    reporter.report(StepEvent("image opensearch", StepStatus.WAITING, "downloading"))

    wait_for(screen, "… image temporal (0 s)  building temporal-server")
    assert "… image opensearch" not in screen.getvalue()
    assert "… image ui" not in screen.getvalue()


def test_a_step_that_ended_is_told_once(reporter: PlainReporter, screen: io.StringIO) -> None:
    """Afterwards there is nothing to wait for, and so no sign of life."""
    reporter.report(StepEvent("ports", StepStatus.STARTED))
    reporter.report(StepEvent("ports", StepStatus.DONE, "gRPC 7233"))
    before = screen.getvalue()
    time.sleep(3 * HEARTBEAT_S)

    assert before.count("ports") == 1
    assert screen.getvalue() == before


def test_quiet_lets_only_warnings_through(screen: io.StringIO) -> None:
    """What is lost or missing must be said all the same."""
    reporter = PlainReporter(Console(file=screen, theme=THEME, width=200), quiet=True)
    reporter.report(StepEvent("ports", StepStatus.STARTED))
    reporter.report(StepEvent("ports", StepStatus.DONE))
    reporter.report(LogEvent("ports", "x"))
    reporter.report(WarningEvent("port 7233 is taken"))
    reporter.close()

    assert screen.getvalue().count("\n") == 1
    assert "warning: port 7233 is taken" in screen.getvalue()


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

    reporter.report(StepEvent("ports", StepStatus.DONE, "gRPC 7233"))
    reporter.report(WarningEvent("port 7233 is taken"))
    reporter.close()
    assert len(made) == 1
    assert [line.partition(" ")[2] for line in screen.getvalue().splitlines()] == [
        "✓ ports  gRPC 7233",
        "warning: port 7233 is taken",
    ]
