"""What starts quickly because it loads little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"docker", "temporalio", "python_on_whales", "httpx", "psutil", "ruamel", "yaml"}
LOADED = """
import sys
from devenv.cli.main import main
sys.argv = ["devenv", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(*sorted(name.partition(".")[0] for name in sys.modules), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    """Return the top-level modules that a call of the command line loads."""
    command = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("up", "--help"), ("--version",)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Neither Docker nor Temporal nor what only an operation needs."""
    modules = loaded(*arguments)
    assert "typer" in modules
    assert modules & HEAVY == set()


@pytest.mark.parametrize(
    "arguments", [("version",), ("init",), ("config", "lint"), ("config", "keys")], ids=" ".join
)
def test_a_command_that_needs_no_engine_loads_none(arguments: tuple[str, ...]) -> None:
    """Though it reads the project."""
    assert loaded(*arguments) & (HEAVY - {"ruamel", "yaml"}) == set()
