"""Which lines of the logs of a stack are found."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from fakes.world import World, make_desired

from devenv.engines.log_lines import Level
from devenv.engines.protocol import LogLine
from devenv.errors import PrerequisiteError
from devenv.events import WarningEvent
from devenv.stack.logs import ENTRY_LINES, EntryFilter, LogRequest, last_entries, read_logs
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator


def failed(number: int, service: str = "temporal", workflow: str = "order-7") -> list[LogLine]:
    head = f"2026/11/28 12:59:20 ERROR {number} WorkflowID {workflow}"
    return [LogLine(service, head), LogLine(service, f"\tat {number}")]


def news(number: int, service: str = "temporal") -> list[LogLine]:
    return [LogLine(service, f"2026/11/28 12:59:20 INFO {number}"), LogLine(service, f"\tmore of {number}")]


# Lines of two services mix.
LOG = [
    *failed(1),
    *news(2),
    *failed(3, "postgres", "order-8"),
    failed(4)[0],
    *news(5, "postgres"),
    failed(4)[1],
    *failed(6),
    *news(7),
]


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up and has logs."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.log = LOG
    return world


def found(running: World, asked: LogRequest) -> list[str]:
    lines: list[str] = []
    # Following ends so.
    with suppress(KeyboardInterrupt):
        lines.extend(line.text for line in read_logs(running.stack().require_exists(), asked))
    return lines


def texts(*lines: list[LogLine]) -> list[str]:
    return [line.text for some in lines for line in some]


def test_without_a_filter_every_line_is_found(running: World) -> None:
    """The engine counts the tail."""
    assert found(running, LogRequest()) == texts(LOG)
    assert found(running, LogRequest(tail=1)) == ["\tmore of 7"]


def test_entries_are_found_with_the_lines_that_belong_to_them(running: World) -> None:
    """Also where those of another service stand between."""
    errors = LogRequest(level=Level.ERROR)
    third = failed(3, "postgres", "order-8")
    assert found(running, errors) == texts(failed(1), third, failed(4), failed(6))
    assert found(running, LogRequest(workflow="order-8")) == texts(third)
    assert found(running, LogRequest(workflow="order-8", services=["temporal"])) == []
    assert found(running, LogRequest(level=Level.INFO)) == texts(LOG)


@pytest.mark.parametrize("follow", [False, True])
def test_a_tail_counts_what_is_found(running: World, *, follow: bool) -> None:
    """Of each service: the last errors, not the errors among the last lines."""
    asked = LogRequest(level=Level.ERROR, tail=2, follow=follow)
    assert found(running, asked) == texts(failed(3, "postgres", "order-8"), failed(4), failed(6))
    assert found(running, LogRequest(level=Level.ERROR, tail=0, follow=follow)) == []
    assert found(running, LogRequest(level=Level.ERROR, tail=9, follow=follow)) == found(
        running, LogRequest(level=Level.ERROR)
    )


def test_a_namespace_is_found_by_its_id_too(running: World) -> None:
    """The server is asked for it, and wherever it is not there the name alone has to do."""
    by_name, by_id, other = (
        LogLine("temporal", f'{{"level":"info","msg":"x","wf-namespace":"{name}"}}')
        for name in ("orders", "3452-4360", "payments")
    )
    running.compose.log = [by_name, by_id, other]
    running.gateway.registered["orders"] = Namespace("orders", id="3452-4360")
    asked = LogRequest(namespace="orders")
    assert found(running, asked) == texts([by_name, by_id])
    assert found(running, LogRequest(namespace="refunds")) == []
    running.compose.stop(running.stack().identity, ["temporal"])
    assert found(running, asked) == texts([by_name])
    assert [event for event in running.reporter.events if isinstance(event, WarningEvent)]


def test_logs_that_cannot_be_read_are_an_expected_error(running: World) -> None:
    """With filters as without."""
    running.compose.logs_failure = PrerequisiteError("Docker does not answer", hint="start it")
    with pytest.raises(PrerequisiteError, match="Docker"):
        found(running, LogRequest(level=Level.ERROR, tail=1))


def many(count: int) -> Iterator[LogLine]:
    for number in range(count):
        yield from failed(number)
    yield LogLine("temporal", "2026/11/28 12:59:20 ERROR the last one")
    yield from (LogLine("temporal", f"\tat {number}" + "x" * 100) for number in range(count))


def test_memory_is_bounded_however_long_the_logs_are() -> None:
    """Of an entry that does not end, the first lines are kept while it may be among the last."""
    wanted = EntryFilter(Level.ERROR, "", ())
    tracemalloc.start()
    try:
        lines = list(last_entries(wanted.select(many(20_000)), 1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines[0].text.endswith("the last one")
    assert len(lines) == ENTRY_LINES + 1
    assert "without `--tail`" in lines[-1].text
    assert peak < 2 << 20


def test_an_entry_goes_on_for_each_service_by_itself() -> None:
    """A line of one that belongs to what was not wanted is not wanted, whatever the other has said."""
    wanted = EntryFilter(Level.ERROR, "", ())
    lines = [*failed(1), news(2, "ui")[0], LogLine("temporal", "\tat 2"), LogLine("ui", "\tmore")]
    selected = [(line.text, begins) for line, begins in wanted.select(lines)]
    assert selected == [(lines[0].text, True), ("\tat 1", False), ("\tat 2", False)]
