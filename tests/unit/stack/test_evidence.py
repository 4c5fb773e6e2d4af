"""Evidence: what a stack has to say of a command that failed, and what is said where it cannot."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import timedelta
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

import pytest
from fakes.engine import EPOCH
from fakes.world import World, make_desired

from devenv.engines.protocol import LogLine
from devenv.errors import DevenvError, ServerUnreachableError
from devenv.stack import evidence as module
from devenv.stack.artifacts import Artifacts
from devenv.stack.evidence import Evidence, collect, keep_logs_of_failed_start
from devenv.stack.run_session import run_session
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import History, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from devenv.temporal.protocol import RunsFound


@pytest.fixture
def artifacts(tmp_path: Path) -> Iterator[Artifacts]:
    artifacts = Artifacts.begin(tmp_path / "out", tmp_path / "projects" / "shop", [])
    yield artifacts
    artifacts.discard()


@pytest.fixture
def up(world: World) -> World:
    bring_up(world.stack(), make_desired(), UpRequest())
    return world


def make_evidence(**changed: Any) -> Evidence:
    return Evidence("shop", "pytest", EPOCH, 1, **changed)


def collected(world: World, artifacts: Artifacts, **changed: Any) -> Evidence:
    evidence = make_evidence(**changed)
    collect(world.stack(), make_desired(), artifacts, evidence, world.clock.now())
    return evidence


def run(name: str, status: str, *, at: int = 0, failure: str = "") -> History:
    closed = None if status == "Running" else EPOCH + timedelta(seconds=at)
    return History(WorkflowRun("orders", name, f"run-{name}", "Order", status, EPOCH, closed), "{}", failure)


def test_what_there_is_is_collected(up: World, artifacts: Artifacts) -> None:
    """Without a word of the password of its database."""
    password = up.compose.secrets(up.stack().identity)[0]
    artifacts.secrets = [password]
    up.compose.log = [LogLine("postgres", f"no such user: {password}"), LogLine("temporal", "hello")]
    up.gateway.histories = [run("a", "Failed", failure="no")]
    evidence = collected(up, artifacts)
    logs = {f"logs/{name}.log" for name in ("opensearch", "postgres", "temporal", "ui")}
    assert set(artifacts.sizes) == {*logs, "dynamicconfig.yaml", "histories/orders/a-run-a.json"}
    assert (artifacts.partial / "logs/postgres.log").read_text() == "no such user: ***\n"
    assert evidence.status is not None
    assert (evidence.problems, evidence.left_out) == ([], [])


def test_workflows_of_the_run_are_asked_for(up: World, artifacts: Artifacts) -> None:
    """Not those of earlier ones, where there may be some; canaries are nobody's."""
    collected(up, artifacts)
    since = 'StartTime >= "2026-01-02T03:04:05Z"'
    assert [since in query for query in up.gateway.queries] == [True, True]
    assert all('WorkflowId NOT STARTS_WITH "devenv-canary-"' in query for query in up.gateway.queries)
    up.gateway.queries.clear()


def test_all_workflows_of_a_stack_of_its_own_are_asked_for(up: World, artifacts: Artifacts) -> None:
    """The clock of its server may be another."""
    collected(up, artifacts, is_fresh=True)
    assert len(up.gateway.queries) == 2
    assert not any("StartTime" in query for query in up.gateway.queries)


def test_visibility_is_given_the_time_that_it_takes(up: World, artifacts: Artifacts) -> None:
    """The last workflow may have failed a moment ago."""
    ended = up.clock.now()
    evidence = make_evidence()
    collect(up.stack(), make_desired(), artifacts, evidence, ended)
    assert up.clock.now() >= ended + module.VISIBILITY_LAG_S


def test_a_workflow_that_ended_well_meanwhile_is_none_of_them(up: World, artifacts: Artifacts) -> None:
    """Visibility has not heard of it."""
    listed = run("a", "Running")
    up.gateway.histories = [listed]
    ended = replace(listed, run=replace(listed.run, status="Completed"))
    up.gateway.read_histories = lambda runs, limit_bytes, done: done(ended)  # type: ignore[method-assign]
    assert collected(up, artifacts).histories == []


def test_ten_thousand_open_workflows_are_told_of(up: World, artifacts: Artifacts) -> None:
    """And the newest of them looked at."""
    up.gateway.histories = [run(f"w{number}", "Running") for number in range(60)]
    up.gateway.unlisted = 9_940
    evidence = collected(up, artifacts)
    assert len(evidence.histories) == module.OPEN_LIMIT
    assert (
        "namespace orders: 10,000 workflows still open, of which the newest 50 are looked at"
        in evidence.left_out
    )


def test_a_server_that_is_gone_leaves_the_logs(up: World, artifacts: Artifacts) -> None:
    """They are what tells why."""
    up.compose.log = [LogLine("temporal", "panic: no")]
    up.compose.put("shop", "temporal", "exited", exit_code=2)
    evidence = collected(up, artifacts)
    assert (artifacts.partial / "logs/temporal.log").read_text() == "panic: no\n"
    assert evidence.status is not None
    assert [problem.partition(":")[0] for problem in evidence.problems] == ["workflows"]


def test_what_was_saved_before_the_server_ended_stays(up: World, artifacts: Artifacts) -> None:
    """The histories of one kind, not those of the other."""
    up.gateway.histories = [run("a", "Failed", failure="no")]
    find, asked = up.gateway.find_runs, list[str]()

    def find_once(namespaces: Collection[str], query: str, limit: int) -> Sequence[RunsFound]:
        asked.append(query)
        if len(asked) > 1:
            raise ServerUnreachableError("127.0.0.1:7233", "busy")
        return find(namespaces, query, limit)

    up.gateway.find_runs = find_once  # type: ignore[method-assign]
    evidence = collected(up, artifacts)
    assert len(evidence.problems) == 1
    assert "127.0.0.1:7233" in evidence.problems[0]
    assert [each.run.workflow_id for each in evidence.histories] == ["a"]


def test_logs_that_cannot_be_read_leave_the_rest(up: World, artifacts: Artifacts) -> None:
    """Whatever goes wrong, a bug among it, is said and is no failure."""
    up.compose.logs_failure = DevenvError("no logs", hint="none")
    up.gateway.histories = [run("a", "Failed", failure="no")]
    evidence = collected(up, artifacts)
    assert evidence.problems == ["logs: no logs"]
    assert "histories/orders/a-run-a.json" in artifacts.sizes
    up.compose.logs_failure = None


def test_a_history_that_cannot_be_written_leaves_its_failure(
    up: World, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: the index still tells which workflow failed, and with what."""
    up.gateway.histories = [run("a", "Failed", failure="declined"), run("b", "Failed", failure="no")]
    artifacts.write("histories", b"a file where the directory should be")
    evidence = collected(up, artifacts)
    assert [(each.failure, each.path) for each in evidence.histories] == [("declined", ""), ("no", "")]
    [sentence] = evidence.left_out
    assert sentence.startswith("histories of 2 workflows: Cannot write ")


def test_long_logs_are_kept_from_their_end(
    up: World, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That something is missing is said."""
    up.compose.log = [LogLine("temporal", str(number)) for number in range(module.LOG_LINES + 1)]
    evidence = collected(up, artifacts, is_fresh=True)
    assert (artifacts.partial / "logs/temporal.log").read_text().startswith("1\n2\n")
    assert evidence.left_out == ["log of temporal: all but its last 10,000 lines"]


def test_logs_of_earlier_runs_are_left_out(up: World, artifacts: Artifacts) -> None:
    """A stack that was up for days has many."""
    up.compose.log = [LogLine("ui", "2025-01-01T00:00:00Z old"), LogLine("ui", "2026-02-01T00:00:00Z new")]
    collected(up, artifacts)
    assert (artifacts.partial / "logs/ui.log").read_text() == "2026-02-01T00:00:00Z new\n"


@pytest.fixture
def hanging(up: World) -> Iterator[World]:
    """Yield a stack whose server lets everybody wait."""
    waiting = Event()

    def wait(namespaces: Collection[str], query: str, limit: int) -> list[RunsFound]:
        waiting.wait(30)
        return []

    up.gateway.find_runs = wait  # type: ignore[method-assign]
    yield up
    waiting.set()


def test_what_hangs_is_left_after_some_time(hanging: World, artifacts: Artifacts) -> None:
    """Less, after a command that was told to end: whoever did that does not wait."""
    evidence = make_evidence()
    collection = module._Collection(hanging.stack(), make_desired(), artifacts, evidence, hanging.clock.now())
    module._run_for(collection.run, 0.5, artifacts, evidence)
    assert evidence.problems == ["collecting took more than 0 s: what is missing here was not reached"]
    assert "logs/temporal.log" in artifacts.sizes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_collecting(hanging: World, artifacts: Artifacts, number: int) -> None:
    """What is there is kept, and the stack is removed at once."""
    killer = Timer(0.3, lambda: signal.raise_signal(number))
    killer.start()
    evidence = collected(hanging, artifacts)
    killer.join()
    assert evidence.problems == ["collecting was interrupted: what is missing here was not reached"]


def test_the_first_failure_is_the_one_that_came_first(up: World, artifacts: Artifacts) -> None:
    """One that somebody terminated tells less than one that failed, or keeps failing."""
    up.gateway.histories = [
        run("late", "Failed", at=9, failure="late"),
        run("stopped", "Terminated", at=1, failure="by hand"),
        run("early", "TimedOut", at=5, failure="early"),
        run("waiting", "Running"),
        run("trying", "Running", failure="no route"),
    ]
    evidence = collected(up, artifacts)
    assert [each.run.workflow_id for each in evidence.failed] == ["stopped", "early", "late"]
    assert [each.run.workflow_id for each in evidence.open] == ["trying", "waiting"]
    assert evidence.first_failure is evidence.failed[1]


def test_logs_of_a_failed_start_are_kept(world: World, artifacts: Artifacts) -> None:
    """They are in the state directory, which is gone with the machine of a CI job."""
    world.compose.log = [LogLine("temporal", "no database")]
    world.compose.launch_failure = DevenvError("no", hint="none")
    with pytest.raises(DevenvError):
        bring_up(world.stack(), make_desired(), UpRequest())
    keep_logs_of_failed_start(world.stack(), artifacts, EPOCH)
    assert (artifacts.partial / "logs/temporal.log").read_text() == "no database\n"


def test_what_a_session_tells_of_its_stack(world: World) -> None:
    """Whether it stays up, and whether anybody has used it before."""
    with run_session(world.stack(), make_desired(), UpRequest()) as session:
        assert (session.stays_up, session.is_fresh) == (False, True)
        with run_session(world.stack(), make_desired(), UpRequest()) as second:
            assert not second.is_fresh
    bring_up(world.stack(), make_desired(), UpRequest())
    with run_session(world.stack(), make_desired(), UpRequest()) as session:
        assert (session.stays_up, session.is_fresh) == (True, False)


def test_a_stack_that_is_kept_stays(world: World) -> None:
    """Also where another session began before, which would have removed it."""
    kept = run_session(world.stack(), make_desired(), UpRequest(), keep=True)
    with run_session(world.stack(), make_desired(), UpRequest()), kept as session:
        assert session.stays_up
    assert world.compose.running
    assert "remove" not in " ".join(world.compose.calls)
