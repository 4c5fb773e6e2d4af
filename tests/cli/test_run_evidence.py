"""`run` keeps evidence of a command that failed, and never changes how it ended."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fakes.engine import EPOCH

from devenv.engines.protocol import LogLine
from devenv.errors import DevenvError
from devenv.temporal.protocol import History, WorkflowRun

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine

NASTY = "card | declined `now`\n::error::50% off [x](http://e) <b>"


@pytest.fixture
def failing(devenv: CommandLine) -> CommandLine:
    """Return a command line whose server has workflows that failed and one that is open."""
    run = WorkflowRun("default", "order-1", "run-1", "Order", "Failed", EPOCH, EPOCH + timedelta(seconds=1))
    waiting = WorkflowRun("default", "a/b c", "run-2", "Order", "Running", EPOCH)
    devenv.world.gateway.histories = [
        History(run, '{"events": []}', NASTY),
        History(waiting, '{"events": []}'),
    ]
    devenv.world.compose.log = [LogLine("temporal", "hello")]
    return devenv


def index(devenv: CommandLine, name: str = "out") -> dict[str, Any]:
    document = json.loads((devenv.project / name / "index.json").read_text())
    assert isinstance(document, dict)
    return document


def files(devenv: CommandLine, name: str = "out") -> set[str]:
    home = devenv.project / name
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def test_evidence_is_kept_where_it_is_asked_for(failing: CommandLine) -> None:
    """The index names every file, and says why the workflow failed."""
    result = failing("run", "--artifacts", "out", "--", "sh", "-c", "exit 3")
    assert (result.code, result.out) == (3, "")
    document = index(failing)
    listed = {each["path"] for each in document["files"]}
    assert listed | {".gitignore"} == files(failing)
    assert {"logs/temporal.log", "status.json", "timings.json", "index.md"} <= listed
    assert (document["command"], document["exit_code"], document["engine"]) == ("sh", 3, "compose")
    first, second = document["workflows"]
    assert (first["workflow_id"], first["failure"], first["url"]) == ("order-1", NASTY, None)
    assert (second["status"], second["failure"]) == ("Running", None)
    assert (failing.project / "out" / first["history"]).read_text() == '{"events": []}'
    steps = [timing["step"] for timing in document["timings"]]
    assert steps[-2:] == ["command", "evidence"]
    status = json.loads((failing.project / "out/status.json").read_text())
    assert (status["ok"], status["state"]) == (True, "ready")
    assert "out/index.md" in result.err
    assert r"default/order-1 (Order) failed: card | declined `now`\n::error::50%" in result.err
    assert failing.world.compose.running == {}


def test_foreign_text_is_text_in_the_index(failing: CommandLine) -> None:
    """Neither a column of a table, nor markup, nor a line of its own."""
    failing("run", "--artifacts", "out", "--", "false")
    [line] = [
        line for line in (failing.project / "out/index.md").read_text().splitlines() if "order-1 " in line
    ]
    assert r"card \| declined \`now\`\\n::error::50% off \[x\]\(http://e\) \<b\>" in line


def test_outside_ci_nothing_is_kept_unless_asked(failing: CommandLine) -> None:
    """Nothing is written into the work tree."""
    assert failing("run", "--", "false").code == 1
    assert {path.name for path in failing.project.iterdir()} == {"devenv.toml"}


def test_in_ci_a_failure_is_kept(failing: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A success is not, and leaves no directory."""
    monkeypatch.setenv("CI", "true")
    assert failing("run", "--", "true").code == 0
    assert not (failing.project / "devenv-artifacts").exists()
    assert failing("run", "--no-artifacts", "--", "false").code == 1
    assert not (failing.project / "devenv-artifacts").exists()
    assert failing("run", "--", "false").code == 1
    assert index(failing, "devenv-artifacts")["exit_code"] == 1


def test_a_success_is_kept_if_asked_for(failing: CommandLine) -> None:
    """By name of the directory, as the variable gives it, too."""
    assert failing("run", "--artifacts", "out", "--", "true").code == 0
    assert index(failing)["exit_code"] == 0


def test_a_directory_that_cannot_be_used_is_told_before_anything_starts(failing: CommandLine) -> None:
    """With a code of devenv's own."""
    result = failing("run", "--artifacts", ".", "-o", "json", "--", "true")
    assert result.code == 125
    assert result.error["message"] == "--artifacts .: is the project, or has it in it"
    assert failing.world.compose.calls == []


def test_in_ci_a_directory_that_nobody_named_stops_nothing(
    failing: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkout may be read-only; it is said."""
    monkeypatch.setenv("CI", "true")
    failing.write("devenv-artifacts", "a file")
    result = failing("run", "--", "sh", "-c", "exit 3")
    assert result.code == 3
    assert "no evidence is kept: --artifacts devenv-artifacts: is no directory" in result.err


def test_both_options_are_a_mistake(devenv: CommandLine) -> None:
    """One of them would be ignored."""
    assert devenv("run", "--artifacts", "x", "--no-artifacts", "--", "true").code == 2


def test_a_command_that_cannot_be_run_has_evidence_too(failing: CommandLine) -> None:
    """And is told as ever."""
    result = failing("run", "--artifacts", "out", "-o", "json", "--", "no-such-program")
    assert (result.code, result.error["code"]) == (127, "command-not-found")
    assert index(failing)["exit_code"] == 127


def test_a_command_that_is_killed_has_evidence_too(failing: CommandLine) -> None:
    """Its code is as a shell tells it."""
    assert failing("run", "--artifacts", "out", "--", "sh", "-c", "kill -KILL $$").code == 137
    assert index(failing)["exit_code"] == 137


def test_a_start_that_failed_is_told_with_its_logs(failing: CommandLine) -> None:
    """They would be gone with the machine of the job."""
    failing.world.compose.launch_failure = DevenvError("The database is on fire", hint="water")
    result = failing("run", "--artifacts", "out", "--", "true")
    assert result.code == 125
    assert index(failing)["error"] == "The database is on fire"
    assert (failing.project / "out/logs/temporal.log").read_text() == "hello\n"
    assert r"true was not run: The database is on fire" in (failing.project / "out/index.md").read_text()


def test_evidence_that_cannot_be_kept_changes_nothing(failing: CommandLine) -> None:
    """It is said."""
    script = "import pathlib, sys; pathlib.Path('out/logs').write_text('mine'); sys.exit(3)"
    failing.write("out/mine.txt", "mine")
    result = failing("run", "--artifacts", "out", "--", sys.executable, "-c", script)
    assert result.code == 3
    assert "warning: the evidence is not kept: Cannot write" in result.err
    assert failing.world.compose.running == {}
    assert {"logs", "mine.txt"} <= files(failing)


def test_a_stack_that_is_kept_can_be_looked_into(failing: CommandLine) -> None:
    """The index has the page of each workflow."""
    result = failing("run", "--keep", "--artifacts", "out", "--", "false")
    assert failing.world.compose.running
    urls = [workflow["url"] for workflow in index(failing)["workflows"]]
    assert urls == [
        "http://127.0.0.1:8233/namespaces/default/workflows/order-1/run-1/history",
        "http://127.0.0.1:8233/namespaces/default/workflows/a%2Fb%20c/run-2/history",
    ]
    assert urls[0] in result.err
    assert failing("status", "-o", "json").document["state"] == "ready"


def test_the_document_has_the_evidence(failing: CommandLine) -> None:
    """After whatever the command has printed."""
    result = failing("run", "--artifacts", "out", "-o", "json", "--", "false")
    document = result.document
    assert (document["ok"], document["exit_code"]) == (False, 1)
    assert document["artifacts"] == str(failing.project / "out")
    assert document["evidence"]["first_failure"].startswith("default/order-1 (Order) failed")
    result = failing("run", "-o", "json", "--", "true")
    assert (result.document["ok"], result.document["evidence"]) == (True, None)


def test_quiet_says_nothing_of_it(failing: CommandLine) -> None:
    """It is there."""
    assert failing("run", "-q", "--artifacts", "out", "--", "false").err == ""
    assert index(failing)["exit_code"] == 1


def test_the_directory_is_one_of_the_working_directory(
    failing: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of any program, whichever project it is about."""
    monkeypatch.chdir(tmp_path)
    failing("-C", str(failing.project), "run", "--artifacts", "out", "--", "false")
    assert (tmp_path / "out/index.json").exists()
