"""Programs that have this process's terminal while it waits for them, and what signals mean meanwhile."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType


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
