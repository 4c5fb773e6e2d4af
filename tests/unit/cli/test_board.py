"""What people see of the steps of a command: a few parts, in their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.cli.output.board import LONG_WAIT_S, Board
from devenv.events import LogEvent, StepEvent, StepStatus

if TYPE_CHECKING:
    from devenv.cli.output.board import Line

STARTED, WAITING, DONE, FAILED = StepStatus.STARTED, StepStatus.WAITING, StepStatus.DONE, StepStatus.FAILED
REFUSED = "the frontend does not answer on 127.0.0.1:7233 (Connection refused)"
LOST = "Port 7233 (grpc) is taken by nginx (pid 12)"


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    return Board(clock)


def note(board: Board, *events: tuple[str, StepStatus] | tuple[str, StepStatus, str]) -> list[str]:
    """Return what is told of `events`."""
    return [in_words(line) for event in events for line in board.note(StepEvent(*event))]


def in_words(line: Line) -> str:
    return f"{line.title}: {line.text}"


def waiting(board: Board) -> list[str]:
    return [in_words(line) for line in board.waiting()]


def test_the_server_is_there_when_it_answers_and_its_container_is_healthy(board: Board) -> None:
    """Two steps for programs, one part for people."""
    note(board, ("frontend", STARTED), ("temporal", WAITING, "waiting for the database"))
    assert note(board, ("frontend", DONE)) == []
    assert note(board, ("temporal", DONE, "healthy")) == ["server: ready"]


def test_a_server_without_a_container_is_there_when_it_answers(board: Board) -> None:
    """On the embedded engine; that its process runs is no news afterwards."""
    note(board, ("frontend", STARTED), ("frontend", WAITING, REFUSED))
    assert note(board, ("frontend", DONE)) == ["server: ready"]
    assert note(board, ("temporal", STARTED), ("temporal", DONE, "running")) == []
    assert waiting(board) == []


@pytest.mark.parametrize("step", ["postgres", "opensearch", "frontend", "web-ui"])
def test_what_was_there_at_the_first_look_is_not_told(board: Board, step: str) -> None:
    """A second `up` on a ready stack has nothing to say of its services."""
    assert note(board, (step, STARTED), (step, DONE, "healthy")) == []
    assert board.close() == []


def test_add_ons_that_come_along_are_told(board: Board) -> None:
    """It is no warning: nobody has to do anything about it."""
    said = "object-store, needed by archive"
    assert note(board, ("needed-add-ons", DONE, said)) == [f"also on: {said}"]


def test_the_seeds_are_told_in_one_line(board: Board) -> None:
    """When the last of them is applied: that is when the next step begins."""
    note(board, ("namespaces", STARTED), ("namespaces", DONE, "5 created"))
    note(board, ("workflow-found", STARTED), ("workflow-found", DONE, "by a visibility query"))
    note(board, ("schedules", STARTED), ("schedules", DONE, "1 created, 1 updated"))
    assert note(board, ("clean-up", STARTED)) == [
        "seeds: namespaces: 5 created; schedules: 1 created, 1 updated"
    ]


def test_seeds_that_are_as_declared_are_so_in_two_words(board: Board) -> None:
    """However many kinds of them there are."""
    for step in ("namespaces", "search-attributes"):
        note(board, (step, STARTED), (step, DONE, "as declared"))
    assert [in_words(line) for line in board.close()] == ["seeds: as declared"]


def test_a_long_wait_says_exactly_what_is_missing(board: Board, clock: Clock) -> None:
    """Before, it would read like an error while all is well."""
    note(board, ("frontend", STARTED))
    board.note(StepEvent("frontend", WAITING, REFUSED, is_technical=True))
    assert waiting(board) == ["server: starting"]
    clock.seconds = LONG_WAIT_S
    assert waiting(board) == [f"server: starting; {REFUSED}"]


def test_a_step_of_its_own_says_what_it_has_to_say(board: Board) -> None:
    """What is missing in technical words where there are no others."""
    board.note(StepEvent("namespace-gone", STARTED))
    board.note(StepEvent("namespace-gone", WAITING, "namespace orders is still listed", is_technical=True))
    assert waiting(board) == ["namespace-gone: namespace orders is still listed"]
    board.note(LogEvent("namespace-gone", "almost"))
    assert waiting(board) == ["namespace-gone: almost"]


def test_a_second_try_is_one_line_and_counts_from_its_own_beginning(board: Board, clock: Clock) -> None:
    """The failure of the first one is not told as one, and its seconds are not added."""
    note(board, ("engine", STARTED), ("engine", DONE, "compose"), ("ports", STARTED), ("ports", DONE))
    note(board, ("launch", STARTED), ("launch", DONE), ("postgres", STARTED), ("postgres", WAITING))
    assert note(board, ("frontend", STARTED), ("frontend", FAILED, LOST)) == []
    assert note(board, ("roll-back", STARTED), ("roll-back", DONE)) == []
    clock.seconds = 22.1
    assert note(board, ("ports", STARTED)) == [f"second try: {LOST}"]
    note(board, ("ports", DONE), ("launch", STARTED), ("launch", DONE))
    note(board, ("postgres", STARTED), ("postgres", WAITING, "Postgres is starting"))
    clock.seconds = 23.1
    (line,) = board.note(StepEvent("postgres", DONE, "healthy"))
    assert line.title == "database"
    assert line.seconds == pytest.approx(1.0)
    assert [each.title for each in board.lines()] == ["second try", "engine", "database"]
    assert board.close() == []


def test_what_failed_for_good_is_told_at_the_end(board: Board, clock: Clock) -> None:
    """With what it did last, and how long it took."""
    note(board, ("frontend", STARTED), ("temporal", WAITING, "waiting for the database"))
    clock.seconds = 5
    note(
        board,
        ("frontend", FAILED, "The stack was not ready after 5 s"),
        ("roll-back", STARTED),
        ("roll-back", DONE),
    )
    (line,) = board.close()
    assert (line.status, line.title, line.text, line.seconds) == (
        FAILED,
        "server",
        "waiting for the database",
        5,
    )


def test_one_of_many_that_fails_is_told_at_once(board: Board) -> None:
    """Images are built side by side, and the others go on."""
    note(board, ("image ui", STARTED), ("image temporal", STARTED))
    assert note(board, ("image ui", FAILED, "no space left")) == ["image ui: "]


def test_what_failed_is_told_before_the_logs_are_saved(board: Board) -> None:
    """Of a stack that ran before nothing is removed, and no second try follows."""
    note(board, ("namespaces", STARTED), ("namespaces", FAILED, "The server refused it"))
    (line,) = board.note(StepEvent("failure-logs", STARTED))
    assert (line.status, line.title) == (FAILED, "seeds")
    assert waiting(board) == ["logs: saving them; what ran before stays"]
    assert note(board, ("failure-logs", DONE)) == []
    assert board.close() == []
