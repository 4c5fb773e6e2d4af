"""A worker under `dev`: when it is started, when it is left alone, and that it ends."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from devenv.stack.dev.worker import DevService, State, Told, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_S = 60
# Tells its number and that of a child, and ends politely.
PROGRAM = """\
import os, signal, subprocess, sys
child = subprocess.Popen(["sleep", "1000"])
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
print("pids", os.getpid(), child.pid, flush=True)
signal.pause()
"""


class Seen:
    """What a worker tells, in order."""

    def __init__(self) -> None:
        self._told: queue.Queue[Told] = queue.Queue()
        self.tell = self._told.put

    def until(self, matches: Callable[[Told], bool]) -> Told:
        while True:
            told = self._told.get(timeout=PATIENCE_S)
            if matches(told):
                return told

    def state(self, state: State) -> Told:
        return self.until(lambda told: told.state is state)

    def pids(self) -> list[int]:
        return [int(pid) for pid in self.until(lambda told: told.text.startswith("pids")).text.split()[1:]]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Nobody may have buried it in a container.
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def wait_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while any(map(is_there, pids)):
        assert time.monotonic() < deadline, f"{pids} are still there"
        time.sleep(0.05)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def make(tmp_path: Path, seen: Seen) -> Iterator[Callable[..., Worker]]:
    """Yield what starts a worker, which ends with the test."""
    workers: list[Worker] = []

    def start(
        program: str = PROGRAM, build: str = "", replay: str = "", check_limit_s: float = PATIENCE_S
    ) -> Worker:
        def command(code: str) -> tuple[str, ...]:
            return (sys.executable, "-c", code) if code else ()

        service = DevService(
            "orders", tmp_path, command(program), command(build), command(replay), os.environ, check_limit_s
        )
        worker = Worker(service, seen.tell)
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        worker.stop()
        worker.join(PATIENCE_S)
        assert worker.problem is None


def test_a_worker_and_what_it_started_end_together(make: Callable[..., Worker], seen: Seen) -> None:
    """Politely."""
    worker = make()
    pids = seen.pids()
    worker.stop()
    seen.until(lambda told: told.text == "bye")
    worker.join(PATIENCE_S)
    wait_gone(pids)


def test_a_change_starts_it_anew(make: Callable[..., Worker], seen: Seen, tmp_path: Path) -> None:
    worker = make()
    before = seen.pids()
    worker.change([tmp_path / "a.py"])
    seen.until(lambda told: told.text == "restarted: a.py changed")
    after = seen.pids()
    wait_gone(before)
    assert all(map(is_there, after))


@pytest.mark.parametrize("kind", ["build", "replay"])
def test_a_check_that_fails_leaves_the_old_worker(
    make: Callable[..., Worker], seen: Seen, tmp_path: Path, kind: str
) -> None:
    """Its last lines are shown, once; corrected, the new one starts."""
    code = "import pathlib, sys; bad = pathlib.Path('bad'); sys.exit(f'line 3: {bad}' if bad.exists() else 0)"
    worker = make(**{kind: code})
    before = seen.pids()
    (tmp_path / "bad").touch()
    worker.change([tmp_path / "bad"])
    refused = seen.state(State.REFUSED)
    assert refused.text == f"{kind} failed with exit code 1: the old program goes on until a file changes"
    assert list(refused.lines) == ["line 3: bad"]
    assert all(map(is_there, before))
    (tmp_path / "bad").unlink()
    worker.change([tmp_path / "bad"])
    assert "restarted" in seen.until(lambda told: told.text.startswith("restarted")).text


def test_a_check_that_hangs_is_ended(make: Callable[..., Worker], seen: Seen) -> None:
    make(build=PROGRAM, check_limit_s=2)
    refused = seen.state(State.REFUSED)
    assert refused.text == "build took more than 2 s: nothing runs until a file changes"
    wait_gone([int(pid) for pid in refused.lines[0].split()[1:]])


def test_a_worker_that_ends_starts_again_after_a_pause(make: Callable[..., Worker], seen: Seen) -> None:
    """A longer one each time."""
    make("raise SystemExit('no server')")
    seen.until(lambda told: told.text == "no server")
    pauses = [seen.state(State.CRASHED).text for _ in range(2)]
    assert pauses == [
        f"ended with exit code 1; it starts again in {pause} s, or when a file changes" for pause in (1, 2)
    ]


def test_no_worker_is_left_behind_by_a_devenv_that_is_killed(tmp_path: Path) -> None:
    """Nor what the worker has started."""
    code = (
        "import os, pathlib, sys, time\n"
        "from devenv.stack.dev.worker import DevService, Worker\n"
        "service = DevService('x', pathlib.Path.cwd(), sys.argv[1:], (), (), os.environ)\n"
        "Worker(service, lambda told: print(told.text, flush=True)).start()\n"
        "time.sleep(1000)\n"
    )
    command = [sys.executable, "-c", code, sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as devenv:
        assert devenv.stdout is not None
        line = next(line for line in devenv.stdout if line.startswith("pids"))
        devenv.send_signal(signal.SIGKILL)
    wait_gone([int(pid) for pid in line.split()[1:]])
