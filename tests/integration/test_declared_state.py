"""Declared state on the embedded engine."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli
from suites.by_hand import ColumnsSuite
from suites.declared_state import planned, write_seeds

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

# Twenty take minutes: TEMPORAL_DEVENV_TEST_KILLS=20.
KILLS = int(os.environ.get("TEMPORAL_DEVENV_TEST_KILLS", "3"))
NAMESPACES = 5


@pytest.fixture(scope="class")
def project(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[Cli]:
    """Return a project that declares nothing and is up."""
    directory = tmp_path_factory.mktemp("projects") / "declared"
    directory.mkdir()
    (directory / "devenv.toml").touch()
    cli = Cli(directory.resolve(), run_home, {"DOCKER_HOST": f"unix://{directory}/no-engine.sock"})
    cli.answer("up", "--engine", "embedded", "--any-port")
    yield cli
    cli.run("down", "--volumes", "--yes")


class TestDeclaredStateOnTheEmbeddedEngine(ColumnsSuite):
    """The suite, on SQLite."""

    way_out = "--engine compose"


def test_killed_at_a_random_moment_and_run_again_it_ends_as_declared(project: Cli) -> None:
    """Nothing is left half done, and nothing has to be cleaned up by hand."""
    dice = random.Random(20)
    for turn in range(KILLS):
        write_seeds(project, f"turn{turn}.yaml", _seeds_of(turn))
        process = project.start("apply", "-o", "jsonl")
        _kill(process, after_s=dice.uniform(0.3, 3.0))
        assert project.run("apply").exit == 0
        assert planned(project) == []


def _kill(process: subprocess.Popen[str], after_s: float) -> None:
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _seeds_of(turn: int) -> str:
    names = [f"turn{turn}-{number}" for number in range(NAMESPACES)]
    lines = ["namespaces:"]
    lines += [f"  - {{name: {name}, search_attributes: {{A: Keyword, B: Int, C: Text}}}}" for name in names]
    lines += ["nexus_endpoints:"]
    lines += [f"  - {{name: {name}, target: {{namespace: {name}, task_queue: q}}}}" for name in names]
    lines += ["schedules:"]
    lines += [
        f"  - {{id: s, namespace: {name}, workflow: W, task_queue: q, interval: 1h, paused: true}}"
        for name in names
    ]
    return "\n".join(lines) + "\n"
