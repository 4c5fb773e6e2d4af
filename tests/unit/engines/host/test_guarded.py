"""A guarded program: how it ends."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from devenv.engines.host.guarded import GuardedProgram

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60
STUBBORN = """\
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(1000)
"""


class Running:
    """A program, and what it printed."""

    def __init__(self, directory: Path, *command: str) -> None:
        self.lines: list[str] = []
        self.has_spoken = threading.Event()
        self.program = GuardedProgram(
            command, directory=directory, environment=os.environ, on_line=self._hear, grace_s=0.5
        )

    def _hear(self, line: str) -> None:
        self.lines.append(line)
        self.has_spoken.set()

    def code(self) -> int:
        waiting = threading.Event()
        for _ in range(PATIENCE_S * 20):
            if (code := self.program.poll()) is not None:
                return code
            waiting.wait(0.05)
        raise AssertionError("it does not end")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Running]]:
    """Yield a list whose programs end with the test."""
    programs: list[Running] = []
    yield programs
    for each in programs:
        each.program.end()


@pytest.mark.parametrize(
    ("command", "code"),
    [(("true",), 0), (("sh", "-c", "exit 3"), 3), (("sh", "-c", "kill -9 $$"), 137), (("no-such",), 127)],
)
def test_its_exit_code_is_told(
    tmp_path: Path, running: list[Running], command: tuple[str, ...], code: int
) -> None:
    """As a shell tells it."""
    running.append(Running(tmp_path, *command))
    assert running[0].code() == code


def test_its_output_is_heard_to_the_last_line(tmp_path: Path, running: list[Running]) -> None:
    """The error stream's, too, and what is no UTF-8."""
    running.append(Running(tmp_path, "sh", "-c", r"echo one; printf 'two\377' >&2"))
    assert running[0].code() == 0
    assert running[0].lines == ["one", "two�"]


def test_one_that_does_not_want_to_end_is_killed(tmp_path: Path, running: list[Running]) -> None:
    running.append(Running(tmp_path, sys.executable, "-c", STUBBORN))
    assert running[0].has_spoken.wait(PATIENCE_S)
    running[0].program.end()
    assert running[0].program.poll() == 137


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        Running(tmp_path / "none", "true")
