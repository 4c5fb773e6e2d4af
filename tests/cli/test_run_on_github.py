"""`run` as a step of GitHub Actions: groups, an annotation and a summary, and no text that is a command."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes.engine import EPOCH

from devenv.cli.output.github import SUMMARY_LIMIT_BYTES, data, value
from devenv.errors import DevenvError
from devenv.temporal.protocol import History, WorkflowRun

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine

NASTY = "card | declined `now`\n::error::50% off\r\n::set-output x"


@pytest.fixture
def summary(tmp_path: Path) -> Path:
    """Return the file of the step's summary, to which another command of the step has written."""
    path = tmp_path / "summary.md"
    path.write_text("earlier\n")
    return path


@pytest.fixture
def step(devenv: CommandLine, summary: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a command line with the variables of a step, whose server has a workflow that failed."""
    for name, text in {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}.items():
        monkeypatch.setenv(name, text)
    run = WorkflowRun("default", "order-1", "run-1", "Order", "Failed", EPOCH, EPOCH + timedelta(seconds=1))
    devenv.world.gateway.histories = [History(run, "{}", NASTY)]
    return devenv


def commands(err: str) -> list[str]:
    """Return the lines in which the runner sees a command: whatever stands behind leading white space."""
    return [line for line in err.splitlines() if line.lstrip().startswith("::")]


def test_the_start_is_folded_and_the_command_is_not(step: CommandLine) -> None:
    """stdout is the command's alone."""
    result = step("run", "--", "echo", "hello")
    assert result.out == "hello\n"
    assert commands(result.err) == ["::group::devenv: the stack starts", "::endgroup::"]
    assert result.err.index("✓ engine") < result.err.index("::endgroup::")


def test_a_failure_is_annotated_with_its_first_cause(step: CommandLine) -> None:
    """In one line, whatever is in it."""
    result = step("run", "--", "sh", "-c", "exit 3")
    assert result.code == 3
    *_, error = commands(result.err)
    assert error == (
        "::error title=devenv run%3A sh::sh ended with exit code 3; the first workflow that failed: "
        r"default/order-1 (Order) failed: card | declined `now`%0A::error::50%25 off%0A::set-output x"
    )
    assert len(commands(result.err)) == 3


def test_the_summary_has_times_and_workflows_that_failed(step: CommandLine, summary: Path) -> None:
    """Added to what is there, as Markdown in which foreign text is text."""
    step("run", "--", "sh", "-c", "exit 3")
    earlier, _, text = summary.read_text().partition("\n")
    assert earlier == "earlier"
    assert text.startswith("### devenv run: sh ended with exit code 3\n")
    [row] = [line for line in text.splitlines() if "order-1" in line]
    failure = r"card \| declined \`now\`\\n::error::50% off\\n::set-output x"
    assert row == f"| default | order-1 | Order | failed | {failure} |"
    assert "| command | " in text
    assert "| evidence | " in text


def test_a_success_has_its_times(step: CommandLine, summary: Path) -> None:
    """And no error."""
    result = step("run", "--", "true")
    assert "::error" not in result.err
    assert "| command | " in summary.read_text()


def test_without_evidence_the_failure_is_annotated_all_the_same(step: CommandLine) -> None:
    """By the exit code, which is all that is known."""
    result = step("run", "--no-artifacts", "--", "false")
    assert commands(result.err)[-1] == "::error title=devenv run%3A false::false ended with exit code 1"


def test_a_stack_that_does_not_start_is_annotated(step: CommandLine, summary: Path) -> None:
    """Below the group, where it is seen."""
    step.world.compose.launch_failure = DevenvError("The database\nis on fire", hint="water")
    result = step("run", "--", "true")
    assert result.code == 125
    assert commands(result.err)[1:] == [
        "::endgroup::",
        "::error title=devenv run%3A true::true was not run: The database%0Ais on fire",
    ]
    assert "is on fire" in summary.read_text()


def test_settings_that_cannot_be_used_are_annotated(step: CommandLine) -> None:
    """With their place."""
    step.write("devenv.toml", "bogus = 1")
    result = step("run", "--", "true")
    assert result.code == 125
    assert "::error title=devenv run%3A true::true was not run: devenv.toml:1" in result.err


def test_a_summary_that_cannot_be_written_is_told(
    step: CommandLine, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code of the command stays."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary.parent))
    result = step("run", "--", "sh", "-c", "exit 3")
    assert result.code == 3
    assert "warning: the step has no summary: Is a directory" in result.err
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    summary.write_bytes(bytes(SUMMARY_LIMIT_BYTES))
    assert "GitHub takes no more than 1 MiB" in step("run", "--", "true").err
    assert summary.stat().st_size == SUMMARY_LIMIT_BYTES


def test_elsewhere_nothing_of_this_is_said(step: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab shows it as it is."""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert commands(step("run", "--", "false").err) == []


def test_what_ends_a_command_or_a_property_is_escaped() -> None:
    """As the runner reads it; what a terminal obeys is visible."""
    assert data("a%b\nc\x1b[2J") == r"a%25b%0Ac\x1b[2J"
    assert value("a: b, 50%") == "a%3A b%2C 50%25"
