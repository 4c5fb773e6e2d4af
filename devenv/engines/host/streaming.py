"""Runs a program to its end and hands on its output line by line while it works."""

from __future__ import annotations

import subprocess
from collections import deque
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TAIL_LINES = 20
END_PATIENCE_S = 10.0


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
