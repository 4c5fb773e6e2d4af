"""Where a shell stands in a directory that was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine


@pytest.fixture
def gone(running: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a command line whose stack is up and whose working directory does not exist any more."""
    directory = running.project.parent / "gone"
    directory.mkdir()
    monkeypatch.chdir(directory)
    directory.rmdir()
    return running


def test_a_named_stack_can_be_taken_down(gone: CommandLine) -> None:
    """Its data, too."""
    result = gone("down", "-s", gone.stack, "--volumes", "--yes", "-o", "json")
    assert (result.code, result.document["removed"], result.document["data_kept"]) == (0, True, False)
    assert gone.world.compose.running == {}


def test_stacks_are_listed(gone: CommandLine) -> None:
    """How else would their names be known."""
    [stack] = gone("ls", "-o", "json").document["stacks"]
    assert stack["name"] == gone.stack


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "status",
        "down",
        "down -s unheard-of",
        "init",
        "new-service orders",
        "remove-service orders",
        "config lint",
        "config lint limits.yaml",
        "import --into seeds.yaml",
        "status -C .",
    ],
)
def test_a_command_that_needs_a_directory_says_that_there_is_none(gone: CommandLine, command: str) -> None:
    """Code 3, and what to do."""
    result = gone(*command.split(), "-o", "json")
    assert (result.error["code"], result.code) == ("directory-gone", 3)
    assert result.error["message"] == "The working directory does not exist any more"
    assert "devenv down -s NAME" in result.error["hint"]


@pytest.mark.parametrize("command", ["status", "config lint", "init"])
def test_the_project_can_be_named(gone: CommandLine, command: str) -> None:
    """Then the working directory does not matter."""
    assert gone(*command.split(), "-C", str(gone.project)).code == 0


def test_a_mistake_in_its_settings_is_still_told_with_its_place(gone: CommandLine) -> None:
    """By the whole path: there is nothing that it could be relative to."""
    gone.write("devenv.toml", 'engine = "docker"')
    gone.write("dynamicconfig/limits.yaml", "a: [")
    error = gone("status", "-C", str(gone.project), "-o", "json").error
    assert error["message"].startswith(f"{gone.project}/devenv.toml:1: ")
    gone.write("devenv.toml", "")
    error = gone("status", "-C", str(gone.project), "-o", "json").error
    assert error["message"].startswith(f"{gone.project}/dynamicconfig/limits.yaml:1")
