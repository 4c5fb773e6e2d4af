"""What starts quickly because it loads little."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import devenv

HEAVY = {"cryptography", "docker", "temporalio", "python_on_whales", "httpx", "psutil", "yaml"}
MAIN = "from devenv.cli.entry import main; main()"
IMPORTED = re.compile(r"^import '([\w.]+)' #", re.MULTILINE)


def loaded(*arguments: str, program: str = MAIN) -> set[str]:
    """Return the modules that a program loads, devenv's own by default, as Python reports them."""
    command = [sys.executable, "-v", "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(IMPORTED.findall(done.stderr))


@pytest.mark.parametrize("arguments", [("--help",), ("up", "--help"), ("--version",)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Neither Docker nor Temporal nor what only an operation needs."""
    modules = loaded(*arguments)
    assert "typer" in modules
    # It draws Typer's own help.
    assert modules & (HEAVY | {"rich"}) == set()


@pytest.mark.parametrize(
    "arguments", [("version",), ("init",), ("config", "lint"), ("config", "keys")], ids=" ".join
)
def test_a_command_that_needs_no_engine_loads_none(arguments: tuple[str, ...]) -> None:
    """Though it reads the project."""
    assert loaded(*arguments) & (HEAVY - {"yaml"}) == set()


def test_a_call_makes_no_command_but_its_own() -> None:
    """And not what other commands are made of."""
    modules = {name for name in loaded("version") if name.startswith("devenv.cli.commands.")}
    assert modules == {"devenv.cli.commands.machine", "devenv.cli.commands.completion"}


def test_looking_at_services_loads_nothing_that_only_a_launch_needs() -> None:
    """`status` asks nobody who has a port."""
    modules = loaded(program="import devenv.engines.compose.containers")
    assert "docker" in modules
    assert "psutil" not in modules


def test_a_look_for_a_program_loads_nothing_that_only_people_or_waits_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither locks: there is nothing to wait for, and most of the time nothing to tell on stderr."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    modules = loaded("status", "-o", "json")
    assert "pydantic" in modules
    assert modules & {"rich", "tenacity", "filelock"} == set()


def test_signals_are_heard_before_anything_slow_is_imported() -> None:
    """`typing` alone takes as long as Python's own start, in which nobody hears a Ctrl-C."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(devenv.__file__).parents[1])!r})\n"
        "before = set(sys.modules); import devenv.cli.entry\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert not {"typing", "typer", "re", "pathlib", "json"} & set(done.stdout.split())
