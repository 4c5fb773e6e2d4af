"""Programs that this process waits for: they have its terminal, or it hands on their output line by line."""

from __future__ import annotations

import signal
import subprocess
from collections import deque
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType
TAIL_LINES = 20
END_PATIENCE_S = 10.0


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run `command` to its end; return its exit code as a shell gives it: 128 and the signal that ended it.

    What a signal means is the program's to say: Ctrl-C reaches it from the terminal, SIGTERM is handed on.

    Raises:
        OSError: The program cannot be executed.
    """
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        if number != signal.SIGTERM:
            return
        if running:
            running[0].terminate()
        else:
            early.append(number)

    with _handling(hear), subprocess.Popen(command, env=environment) as process:
        running.append(process)
        if early:
            process.terminate()
        code = process.wait()
    return code if code >= 0 else 128 - code


def run_for_output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run `command` to its end, without a terminal; return what it prints on its standard output.

    Raises:
        OSError: The program cannot be executed.
        CommandFailedError: It ended with another code than 0; the details are what it printed.
    """
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        raise CommandFailedError(f"{command[0]} failed", command, said)
    return done.stdout


@contextmanager
def undisturbed() -> Iterator[list[int]]:
    """Be ended by neither Ctrl-C nor SIGTERM; the list has those that came."""
    heard: list[int] = []
    with _handling(lambda number, _: heard.append(number)):
        yield heard


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    # A function and not SIG_IGN, which a program that is started meanwhile would inherit. What is ignored
    # already stays so: a shell's background job is deaf to Ctrl-C, and so is what that job starts.
    numbers = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) != signal.SIG_IGN]
    earlier = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in earlier.items():
            signal.signal(number, former)


def run_streaming(
    command: Sequence[str],
    *,
    what: str,
    on_line: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
    stdin_text: str = "",
) -> None:
    """Run `command` on `stdin_text`, calling `on_line` for each line of its standard output and error.

    However this function is left, the program has ended: an interrupted build leaves nobody working.

    Raises:
        CommandFailedError: With the sentence `what` and the last lines, or when there is no such program.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with _running(command, what, environment, stdin_text) as process:
        for line in process.stdout or ():
            text = line.rstrip()
            tail.append(text)
            on_line(text)
        if process.wait() != 0:
            raise CommandFailedError(what, command, tail)


@contextmanager
def _running(
    command: Sequence[str], what: str, environment: Mapping[str, str] | None, stdin_text: str
) -> Iterator[subprocess.Popen[str]]:
    try:
        # From a file: a pipe would break, or block, with a program that does not read it.
        with TemporaryFile("w+") as stdin:
            stdin.write(stdin_text)
            stdin.seek(0)
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
    except FileNotFoundError as error:
        raise CommandFailedError(what, command, [f"there is no command `{command[0]}`"]) from error
    with process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End the process if it still runs, politely at first: it may have things to clean up."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
