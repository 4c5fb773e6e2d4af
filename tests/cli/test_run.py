"""`devenv run`: a command with a stack, and its exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

PRINT = "import os; print(os.environ['TEMPORAL_ADDRESS'], os.environ.get('TEMPORAL_API_KEY'))"


@pytest.mark.parametrize("code", [0, 1, 7, 125])
def test_the_exit_code_is_the_commands(devenv: CommandLine, code: int) -> None:
    """Whatever it means."""
    assert devenv("run", "--", "sh", "-c", f"exit {code}").code == code


def test_a_signal_is_told_as_a_shell_tells_it(devenv: CommandLine) -> None:
    """128 and its number."""
    assert devenv("run", "--", "sh", "-c", "kill -TERM $$").code == 143


def test_stdout_is_the_commands(devenv: CommandLine) -> None:
    """What devenv has to say is on stderr."""
    result = devenv("run", "--", "echo", "hello")
    assert result.out == "hello\n"
    assert "✓ engine" in result.err


def test_the_command_is_pointed_to_the_stack(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """And to nothing else."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cloud:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "secret")
    assert devenv("run", "--", sys.executable, "-c", PRINT).out == "127.0.0.1:7233 None\n"


def test_a_temporal_of_the_command_cannot_leave_the_stack(devenv: CommandLine) -> None:
    """Found by its name, and gone afterwards."""
    result = devenv("run", "--", "sh", "-c", "command -v temporal; temporal workflow list --address cloud:1")
    assert result.code == 2
    client = result.out.strip()
    assert client.endswith("/temporal")
    assert "--address cloud:1 is another server" in result.err
    assert not Path(client).exists()


def test_its_options_are_its_own(devenv: CommandLine) -> None:
    """Also those that devenv knows."""
    assert devenv("run", "--", "echo", "-o", "json", "--yes", "-s", "x").out == "-o json --yes -s x\n"


def test_what_was_made_for_it_is_removed(devenv: CommandLine) -> None:
    """Also when the command fails."""
    devenv("run", "--", "false")
    assert (devenv.world.compose.running, devenv.world.compose.data) == ({}, set())


def test_a_stack_that_is_up_stays_up(running: CommandLine) -> None:
    """It is used, not restarted."""
    assert running("run", "--", "true").code == 0
    assert running.world.compose.calls == ["launch"]


def test_a_stack_that_is_up_is_not_moved_to_another_engine(running: CommandLine) -> None:
    """It could not be left as it was found."""
    result = running("run", "--engine", "embedded", "-o", "json", "--", "true")
    assert result.code == 125
    assert "on the compose engine" in result.error["message"]
    assert running.world.compose.calls == ["launch"]
    assert running.world.embedded.calls == []


@pytest.mark.parametrize("program", ["no-such-program", "./not-executable", "."])
def test_a_command_that_cannot_be_run_is_127(devenv: CommandLine, program: str) -> None:
    """And the stack made for it is gone."""
    devenv.write("not-executable", "#!/bin/sh\n")
    result = devenv("run", "-o", "json", "--", program)
    assert (result.code, result.error["code"]) == (127, "command-not-found")
    assert program in result.error["message"]
    assert devenv.world.compose.running == {}


def test_without_a_command_nothing_starts(devenv: CommandLine) -> None:
    """A second `--` sets apart nothing."""
    assert devenv("run", "--", "--").code == 2
    assert devenv.world.compose.calls == []


def test_a_file_that_is_no_program_is_127_too(devenv: CommandLine) -> None:
    """Executable, and without a line that says what runs it."""
    devenv.write("script", "true\n")
    (devenv.project / "script").chmod(0o755)
    assert devenv("run", "--", "./script").code == 127


def test_a_missing_engine_is_125(devenv: CommandLine) -> None:
    """So that devenv's failure is not taken for the command's; the message is the failure's own."""
    devenv.world.without_docker()
    result = devenv("run", "-o", "json", "--engine", "compose", "--", "true")
    assert (result.code, result.error["message"]) == (125, "No Docker engine answers")


def test_bad_settings_are_125_too(devenv: CommandLine) -> None:
    """With their place, and a hint."""
    devenv.write("devenv.toml", "bogus = 1")
    result = devenv("run", "-o", "json", "--", "true")
    assert result.code == 125
    assert result.error["message"].startswith("devenv.toml:1")
    assert result.error["hint"]
