"""What only a process of its own shows: signals, pipes, a terminal, and what is imported."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

DEVENV = [sys.executable, "-c", "from devenv.cli.main import main; main()"]

# A command line that meets fakes: the frontend never serves, and real time passes.
SLOW = """
import pathlib, sys, time
from wirings import FakeWiring
from world import World
from devenv.cli.main import main
world = World(pathlib.Path(sys.argv.pop(1)))
world.gateway.problems = ["refused"] * 10000
world.clock.sleep = lambda seconds: time.sleep(seconds)
main(FakeWiring(world))
"""


def interrupted(devenv: CommandLine, number: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an `up` that waits for ever, and send it a signal as soon as its services are launched."""
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", SLOW, str(devenv.project.parent), "up", "-v", *arguments]
    environment = os.environ | {"PYTHONPATH": tests}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        told = ""
        while "✓ launch" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    return subprocess.CompletedProcess(command, process.returncode, out, told + err)


def test_ctrl_c_says_what_is_left_and_that_up_resumes(devenv: CommandLine) -> None:
    """Exit code 130, no traceback, and nothing was removed."""
    done = interrupted(devenv, signal.SIGINT)
    assert (done.returncode, done.stdout) == (130, "")
    assert "error: Interrupted; what was created is still there" in done.stderr
    assert "`devenv up` resumes" in done.stderr
    assert "Traceback" not in done.stderr
    assert devenv.world.store.names() == [devenv.stack]


def test_ctrl_c_is_a_document_too(devenv: CommandLine) -> None:
    """Programs read the code."""
    done = interrupted(devenv, signal.SIGINT, "-o", "json")
    assert '"code": "interrupted"' in done.stdout
    assert done.returncode == 130


def test_sigterm_is_143(devenv: CommandLine) -> None:
    """As a shell tells it."""
    done = interrupted(devenv, signal.SIGTERM)
    assert done.returncode == 143
    assert "error: Terminated" in done.stderr


@pytest.mark.parametrize("arguments", [("version",), ("version", "-o", "json"), ("--help",)], ids=" ".join)
def test_a_closed_pipe_is_silent(arguments: tuple[str, ...]) -> None:
    """Whoever read enough has what they wanted; the code is Typer's and rich's own."""
    read, write = os.pipe()
    os.close(read)
    command = [*DEVENV, *arguments]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def on_a_terminal(devenv: CommandLine, typed: bytes, *arguments: str) -> tuple[int, str]:
    """Run devenv on a pseudo-terminal where `typed` is typed; return its code and what was seen."""
    controller, terminal = pty.openpty()
    command = [*DEVENV, *arguments]
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        seen = b""
        while b"to go on" not in seen:
            seen += os.read(controller, 1000)
        if typed == b"\x03":
            process.send_signal(signal.SIGINT)
        else:
            os.write(controller, typed)
        try:
            while chunk := os.read(controller, 1000):
                seen += chunk
        except OSError:
            pass  # the other side is closed
    os.close(controller)
    return process.returncode, seen.decode()


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (b"NAME\n", 0, "was not running"),
        (b"no\n", 1, "Nothing was deleted"),
        (b"\n", 1, "Nothing was deleted"),
        (b"\x03", 130, "Interrupted"),
        (b"\x04", 130, "Interrupted"),
    ],
    ids=["its name", "something else", "nothing", "Ctrl-C", "Ctrl-D"],
)
def test_on_a_terminal_the_name_has_to_be_typed(
    devenv: CommandLine, typed: bytes, code: int, told: str
) -> None:
    """Anything else deletes nothing."""
    name = devenv.stack.encode()
    ended, seen = on_a_terminal(devenv, typed.replace(b"NAME", name), "down", "--volumes")
    assert ended == code, seen
    assert told in seen


def test_what_nobody_expected_is_told_as_a_bug(devenv: CommandLine) -> None:
    """Exit code 70, a report in a file, and no traceback on the terminal."""
    devenv.wiring.world = None  # type: ignore[assignment]
    result = devenv("status", "-o", "json")
    assert (result.error["code"], result.code) == ("bug", 70)
    assert "Traceback" not in result.err
    report = result.error["details"][0].removeprefix("report: ")
    assert "Traceback" in Path(report).read_text()
    Path(report).unlink()
