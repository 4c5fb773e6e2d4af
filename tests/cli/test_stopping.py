"""Ctrl-C and SIGTERM at any moment: the code, one message, no traceback, and nothing goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENTRY = [sys.executable, "-c", "from devenv.cli.entry import main; main()"]
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
WORDS = {signal.SIGINT: "Interrupted", signal.SIGTERM: "Terminated"}
SHOTS = int(os.environ.get("TEMPORAL_DEVENV_TEST_SHOTS", "12"))

# Each of these runs a signal's handler where Python drops what it raises.
DROPPING = """
import gc, os, signal, sys, time, weakref
from devenv.cli.stopping import Terminated, listen
listener = listen()

def shoot():
    os.kill(os.getpid(), {number})
    for _ in range(1000):
        pass

class InDel:
    def __del__(self):
        shoot()

class InCallback:
    pass

def in_del():
    InDel()

def in_callback():
    target = InCallback()
    weakref.finalize(target, shoot)
    del target

def in_collection():
    a = InDel()
    a.a = a
    del a
    gc.collect()

def twice():
    in_del()

try:
    {place}()
    os.write(1, b"went on")
except (KeyboardInterrupt, Terminated) as stop:
    print(type(stop).__name__, end="")
"""

# One comes where Rich's console begins or ends what it prints at once.
PRINTING = """
import os, signal, sys
from rich.console import Console
from devenv.cli.stopping import listen
listen()
console = Console()

def shoot(frame, event, _):
    if frame.f_globals.get("__name__") == "rich.console" and frame.f_code.co_name == "{place}":
        sys.settrace(None)
        os.kill(os.getpid(), signal.SIGINT)

sys.settrace(shoot)
try:
    console.print("first")
    os.write(1, b"went on")
except KeyboardInterrupt:
    console.print("last")
"""

# A command line that meets fakes, and hears a signal where Python drops what it raises, before it acts.
DELETING = """
import os, pathlib, signal, sys
from fakes.wiring import FakeWiring
from fakes.world import World, make_record
from devenv.cli.main import main
from devenv.project.names import default_stack_name

class Shoots:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass

class ShootingWiring(FakeWiring):
    def build_dependencies(self, reporter):
        deps = super().build_dependencies(reporter)
        Shoots()
        return deps

world, project = World(pathlib.Path(sys.argv.pop(1))), pathlib.Path.cwd()
stack = default_stack_name(project)
world.compose.bring_up(stack)
world.store.save(make_record(stack, project=project))
main(ShootingWiring(world))
"""
TESTS_ON_PATH = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "devenv.toml").touch()
    return tmp_path / "shop"


@pytest.mark.parametrize("place", ["in_del", "in_callback", "in_collection"])
@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_what_python_drops_is_raised_again_before_anything_else_is_done(
    place: str, number: signal.Signals
) -> None:
    """Without that the program would go on, and end with 0."""
    code = DROPPING.format(number=int(number), place=place)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    expected = "KeyboardInterrupt" if number == signal.SIGINT else "Terminated"
    assert (done.stdout, done.stderr) == (expected, "")


@pytest.mark.parametrize("place", ["__enter__", "_enter_buffer", "__exit__", "_exit_buffer"])
def test_a_console_that_is_interrupted_prints_what_comes_after(place: str) -> None:
    """Else nobody would be told of the interruption."""
    command = [sys.executable, "-c", PRINTING.format(place=place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["last"], "")
    assert "went on" not in done.stdout


def test_a_signal_that_python_drops_stops_a_deletion(project: Path) -> None:
    """`down --volumes` deleted, and ended with 0."""
    command = [sys.executable, "-c", DELETING, str(project.parent), "down", "--volumes", "--yes"]
    done = subprocess.run(
        command, cwd=project, env=TESTS_ON_PATH, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (143, "")
    assert done.stderr.startswith("error: Terminated")
    assert "Exception ignored" not in done.stderr


def test_an_exception_that_is_no_signal_is_told_as_ever() -> None:
    """Python's own report of it is not lost."""
    code = (
        "from devenv.cli.stopping import listen\nlisten()\n"
        "class A:\n    def __del__(self): raise ValueError('x')\nA()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ValueError: x" in done.stderr


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("output", ["text", "json", "jsonl"])
def test_before_anything_is_done_a_signal_ends_devenv_at_once(number: signal.Signals, output: str) -> None:
    """With the same code, and in the format that was asked for."""
    code = (
        "import os, sys\nfrom devenv.cli.stopping import leave_at_once\nleave_at_once()\n"
        f"os.kill(os.getpid(), {int(number)})\nfor _ in range(1000): pass\nprint('went on')"
    )
    command = [sys.executable, "-c", code, "-o", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == CODES[number]
    if output == "text":
        assert (done.stdout, done.stderr.split("\n")[0]) == ("", f"error: {WORDS[number]}")
    else:
        document = json.loads(done.stdout)
        assert (document["error"]["exit_code"], document["ok"]) == (CODES[number], False)
        assert document["error"]["code"] == WORDS[number].lower()


def shots(count: int) -> Iterator[tuple[Sequence[str], signal.Signals, float]]:
    """Yield commands with a signal and the moment at which it comes, in seconds after it can be heard."""
    dice = random.Random(17)
    commands = (
        ["status"],
        ["up", "--engine", "embedded"],
        ["config", "keys"],
        ["doctor"],
        ["plan"],
        ["--help"],
    )
    for index in range(count):
        number = (signal.SIGINT, signal.SIGTERM)[index % 2]
        yield commands[index % len(commands)], number, dice.uniform(0, 0.6)


def hears(process: subprocess.Popen[str]) -> bool:
    """Return whether the process has a handler for SIGTERM, or has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return True
    caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    return bool(int(caught.split()[1], 16) & 1 << (signal.SIGTERM - 1)) or process.poll() is not None


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads from /proc when signals are heard")
def test_a_signal_at_a_random_moment_has_its_code_and_one_message(project: Path) -> None:
    """While Python imports, too. `just shots` shoots more often."""
    environment = os.environ | {"TEMPORAL_DEVENV_TEMPORAL_BIN": "/bin/false"}
    for arguments, number, delay in shots(SHOTS):
        with subprocess.Popen(
            [*ENTRY, *arguments],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while not hears(process):
                time.sleep(0.001)
            time.sleep(delay)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        told = f"{arguments} {number.name} after {delay:.3f} s: {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in err, told
        assert "Exception ignored" not in err, told
        assert process.returncode in {CODES[number], 0, 1, 3, 4, 5, 7}, told
        assert err.count(f"error: {WORDS[number]}") == (process.returncode == CODES[number]), told
