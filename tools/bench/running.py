"""Programs of a benchmark: run to their end, or in the background until they are no longer needed."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.bench.ports import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

END_PATIENCE_S = 60


def timed(
    what: str, command: Sequence[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> float:
    """Run a command to its end and return the seconds it took.

    Raises:
        BenchError: It failed: `what` it was, and its last words.
    """
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, env=environment, check=False, capture_output=True, text=True, errors="replace"
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise failed(what, done.returncode, done.stderr)
    return seconds


def failed(what: str, exit_code: int, said: str) -> BenchError:
    """Return the failure of a command, with the line of what it said that tells most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith("error: ")] or lines[-1:]
    return BenchError(
        f"`{what}` ended with exit code {exit_code}" + "".join(f" ({line})" for line in telling)
    )


@contextmanager
def in_background(
    command: Sequence[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside what is done meanwhile; it has ended when this is left."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def coming_up(
    what: str, command: Sequence[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a command in the background that has to end well.

    Its failure is the reason of whatever else fails meanwhile.

    Raises:
        BenchError: It failed.
    """
    with in_background(command, cwd, environment) as process:
        try:
            yield process
        except BenchError:
            if not process.poll():
                raise
        _, said = process.communicate()
        if process.returncode != 0:
            raise failed(what, process.returncode, said)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Take no notice of Ctrl-C and SIGTERM: what was started is removed, however often they come."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End the benchmark as Ctrl-C does; for SIGTERM."""
    raise KeyboardInterrupt
