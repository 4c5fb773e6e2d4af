"""What only a process of its own shows: signals, pipes, a terminal, and what is imported."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e import command_line
from patient_program import PATIENT

if TYPE_CHECKING:
    from cli.conftest import CommandLine

DEVENV = [sys.executable, "-c", "from devenv.cli.entry import main; main()"]

CTRL_C, CTRL_D = b"\x03", b"\x04"

# A command line that meets fakes: the frontend never serves, and real time passes.
SLOW = """
import pathlib, sys, time
from fakes.wiring import FakeWiring
from fakes.world import World
from devenv.cli.main import main
world = World(pathlib.Path(sys.argv.pop(1)))
world.gateway.problems = ["refused"] * 10000
world.clock.sleep = lambda seconds: time.sleep(seconds)
main(FakeWiring(world))
"""


# One that meets a stack, and a Temporal CLI that runs Python.
QUICK = """
import os, pathlib, sys
from fakes.wiring import FakeWiring
from fakes.world import World, make_record
from devenv.cli.main import main
from devenv.project.names import default_stack_name
world, project = World(pathlib.Path(sys.argv.pop(1))), pathlib.Path.cwd()
if sys.argv[1] == "temporal":
    world.compose.bring_up(default_stack_name(project))
    world.store.save(make_record(default_stack_name(project), project=project))
binary = project.parent / "temporal"
binary.write_text(f"#!/bin/sh\\nshift 2  # the presets\\nexec {sys.executable} \\"$@\\"\\n")
binary.chmod(0o755)
main(FakeWiring(world, binary=binary))
"""

TESTS_ON_PATH = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}


def interrupted(
    devenv: CommandLine, number: int, *arguments: str, name: str = "up"
) -> subprocess.CompletedProcess[str]:
    """Run an `up` that waits for ever, and send it a signal as soon as its services are launched."""
    command = [sys.executable, "-c", SLOW, str(devenv.project.parent), name, "-v", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=TESTS_ON_PATH
    ) as process:
        told = command_line.read_until("✓ launch", process)
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


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_run_that_is_interrupted_before_its_command_leaves_nothing(
    devenv: CommandLine, number: int, code: int, told: str
) -> None:
    """And says so."""
    done = interrupted(devenv, number, "--", "true", name="run")
    assert done.returncode == code
    assert f"error: {told}; the stack is as it was found" in done.stderr
    assert done.stderr.count("error: ") == 1
    assert devenv.world.store.names() == []


def signalled(
    devenv: CommandLine, number: int, *arguments: str, group: bool
) -> subprocess.CompletedProcess[str]:
    """Run a program that signals do not end; send two, and then the line on which it ends with 5."""
    command = [sys.executable, "-c", QUICK, str(devenv.project.parent), *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=TESTS_ON_PATH,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        for _ in range(2):
            os.killpg(process.pid, number) if group else process.send_signal(number)
            assert process.stdout.readline() == f"heard {number:d}\n"
        out, err = process.communicate("end\n", timeout=20)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_command_of_run_answers_signals_itself(devenv: CommandLine, number: int, *, group: bool) -> None:
    """Its exit code is passed through, and what was made for it is removed without a word."""
    done = signalled(devenv, number, "run", "-q", "--", sys.executable, "-c", PATIENT, group=group)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "")
    assert devenv.world.store.names() == []


@pytest.mark.parametrize(
    ("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)], ids=["Ctrl-C", "SIGTERM"]
)
def test_the_temporal_cli_answers_signals_itself(devenv: CommandLine, number: int, *, group: bool) -> None:
    """It may be in the middle of something."""
    done = signalled(devenv, number, "temporal", "-c", PATIENT, group=group)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "")


@pytest.mark.parametrize("arguments", [("version",), ("version", "-o", "json"), ("--help",)], ids=" ".join)
def test_a_closed_pipe_is_silent(arguments: tuple[str, ...]) -> None:
    """Whoever read enough has what they wanted; the code is Typer's and rich's own."""
    read, write = os.pipe()
    os.close(read)
    command = [*DEVENV, *arguments]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def on_a_terminal(typed: bytes, *arguments: str) -> tuple[int, str]:
    """Run devenv on a pseudo-terminal where `typed` is the answer; return its code and what was seen."""
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [*DEVENV, *arguments], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        try:
            # The space after the question is printed once the terminal is ready for the answer.
            seen = read_until(controller, b"to go on: ")
            if typed == CTRL_C:
                interrupt(process, controller)
            else:
                os.write(controller, typed)
            seen += read_until(controller, None)
            return process.wait(20), seen.decode()
        finally:
            process.kill()
            os.close(controller)


def interrupt(process: subprocess.Popen[bytes], controller: int) -> None:
    """Send SIGINT until something is printed: Python misses one that comes just before it waits for a key."""
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        if select.select([controller], [], [], 1)[0]:
            return


def read_until(controller: int, awaited: bytes | None) -> bytes:
    """Return what is printed up to `awaited`, None for all of it; nothing may take longer than 20 seconds."""
    seen = b""
    while awaited is None or awaited not in seen:
        readable, _, _ = select.select([controller], [], [], 20)
        assert readable, f"nothing was printed after {seen!r}"
        try:
            chunk = os.read(controller, 1000)
        except OSError:  # the other side is closed
            chunk = b""
        if not chunk:
            break
        seen += chunk
    return seen


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (b"NAME\n", 0, "was not running"),
        (b"no\n", 1, "Nothing was deleted"),
        (b"\n", 1, "Nothing was deleted"),
        (CTRL_C, 130, "Interrupted"),
        (CTRL_D, 130, "Interrupted"),
    ],
    ids=["its name", "something else", "nothing", "Ctrl-C", "Ctrl-D"],
)
def test_on_a_terminal_the_name_has_to_be_typed(
    devenv: CommandLine, typed: bytes, code: int, told: str
) -> None:
    """Anything else deletes nothing."""
    name = devenv.stack.encode()
    ended, seen = on_a_terminal(typed.replace(b"NAME", name), "down", "--volumes")
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
