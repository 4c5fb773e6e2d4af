"""`devenv down`: nothing is lost that was not asked to be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine


def test_down_keeps_the_data_and_says_so(running: CommandLine) -> None:
    """And how it comes back."""
    result = running("down")
    assert result.code == 0
    assert "is down; its data is kept: `devenv up` brings it back." in result.out
    assert "✓ remove (compose)" in result.err


def test_down_on_nothing_is_no_failure(devenv: CommandLine) -> None:
    """With and without `--volumes`."""
    assert "was not running; no data is left" in devenv("down").out
    assert devenv("down", "--volumes", "--yes").code == 0


def test_data_that_an_earlier_down_kept_is_said_to_be_deleted(running: CommandLine) -> None:
    """Though nothing ran any more; a third time there is none."""
    running("down")
    out = running("down", "--volumes", "--yes").out
    assert "was not running; its data is deleted (Docker volumes)." in out
    assert "was not running; no data is left." in running("down", "--volumes", "--yes").out


def test_the_document_tells_what_was_removed(running: CommandLine) -> None:
    """And whether data is left."""
    assert running("down", "-o", "json").document["removed"] is True
    document = running("down", "--volumes", "--yes", "-o", "json").document
    assert (document["removed"], document["data_kept"]) == (False, False)


@pytest.mark.parametrize(
    "arguments", [("--volumes",), ("--volumes", "--no-input"), ("--volumes", "-o", "json")], ids=" ".join
)
def test_data_is_not_deleted_without_a_confirmation(running: CommandLine, arguments: tuple[str, ...]) -> None:
    """Without a terminal nobody is asked: code 9, and nothing is touched."""
    running.world.compose.calls.clear()
    result = running("down", *arguments)
    assert result.code == 9
    assert running.world.compose.calls == []
    assert len(running.world.compose.data) == 1


def test_the_missing_confirmation_is_explained(running: CommandLine) -> None:
    """In JSON as a document."""
    error = running("down", "--volumes", "-o", "json").error
    assert error["code"] == "confirmation-needed"
    assert "--yes" in error["hint"]


@pytest.mark.parametrize("yes", ["-y", "--yes"])
@pytest.mark.parametrize("comes_first", [False, True])
def test_yes_deletes(running: CommandLine, yes: str, *, comes_first: bool) -> None:
    """Before and after the command."""
    arguments = (yes, "down", "--volumes") if comes_first else ("down", "--volumes", yes)
    assert running(*arguments).code == 0
    assert running.world.compose.data == set()


@pytest.mark.parametrize(
    "variable", ["TEMPORAL_DEVENV_YES", "DEVENV_YES", "TEMPORAL_DEVENV_DOWN_YES", "_DEVENV_YES"]
)
def test_yes_cannot_be_set_by_a_variable(
    running: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """It would be set once and forgotten."""
    monkeypatch.setenv(variable, "1")
    assert running("down", "--volumes").code == 9


@pytest.mark.parametrize("variable", ["TEMPORAL_DEVENV_VOLUMES", "TEMPORAL_DEVENV_DOWN_VOLUMES"])
def test_volumes_cannot_be_set_by_a_variable(
    running: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """`down` keeps data, whatever the environment says."""
    monkeypatch.setenv(variable, "1")
    assert running("down", "--yes").code == 0
    assert len(running.world.compose.data) == 1


def test_a_stack_can_be_taken_down_from_anywhere_by_name(
    running: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its project may be gone."""
    name = running.stack
    monkeypatch.chdir("/")
    assert running("down", "-s", name).code == 0
    assert running.world.compose.running == {}
