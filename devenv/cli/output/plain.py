"""Progress as lines with the time of day, for whoever reads them later or wants no live view."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event as ThreadEvent
from threading import Lock, Thread
from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.cli.output.board import Board
from devenv.cli.output.visible import one_line
from devenv.events import Event, LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from devenv.cli.output.board import Line

# Seconds of silence before each line that says what is waited for; the last holds for all that follow. A
# whole `up` on a slow machine is to stay within twelve lines.
PAUSES_S = (2.0, 4.0, 10.0, 20.0, 40.0, 60.0)
MARKS = {StepStatus.DONE: "[good]✓[/]", StepStatus.FAILED: "[bad]✗[/]", StepStatus.STARTED: "[warn]↻[/]"}
TITLE_WIDTH = 13


class StampedLines:
    """Prints lines from any thread, and knows how long none was printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()
        self._lock = Lock()

    def print(self, markup: str) -> None:
        """Print one line."""
        with self._lock:
            self._last = time.monotonic()
            stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            self._console.print(f"[faint]{stamp}[/] {markup}", soft_wrap=True)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self.print(f"[warn]warning:[/] {escape(message)}")

    def silent_for(self) -> float:
        """Return the seconds since the last line."""
        return time.monotonic() - self._last


class PlainReporter:
    """A line for each part that ends, and now and then one for all that is waited for.

    A compiler may say nothing for minutes, so what is waited for is told by a thread of its own. With `quiet`
    only warnings are told.
    """

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool = False,
        pauses_s: Sequence[float] = PAUSES_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = StampedLines(console)
        self._quiet = quiet
        self._board = Board(clock)
        self._pauses = list(pauses_s)
        self._lock = Lock()
        self._closed = ThreadEvent()
        self._heart = Thread(target=self._beat, name="heartbeat", daemon=True)

    def report(self, event: Event) -> None:
        if isinstance(event, WarningEvent):
            self._lines.warn(event.message)
        elif not self._quiet:
            with self._lock:
                self._tell(self._board.note(event))
                if not self._heart.is_alive() and not self._closed.is_set():
                    self._heart.start()

    def close(self) -> None:
        """Tell what has ended and was not told yet, and be silent from then on."""
        with self._lock:
            if not self._closed.is_set():
                self._closed.set()
                self._tell(self._board.close())

    def _beat(self) -> None:
        tick = self._pauses[0] / 10
        while not self._closed.wait(tick):
            with self._lock:
                if self._lines.silent_for() >= self._pauses[0] and not self._closed.is_set():
                    self._tell_waiting(self._board.waiting())

    def _tell(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._lines.print(f"{MARKS[line.status]} {_titled(line.title, _with_seconds(line))}")

    def _tell_waiting(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        if len(self._pauses) > 1:
            del self._pauses[0]
        longest = max(line.seconds for line in lines)
        told = " · ".join(f"{line.title}: {line.text}" if line.text else line.title for line in lines)
        self._lines.print(f"… {longest:.0f} s  {escape(one_line(told))}")


def _with_seconds(line: Line) -> str:
    if not line.was_waited_for:
        return line.text
    after = f"after {line.seconds:.1f} s"
    return f"{line.text} {after}" if line.status is StepStatus.DONE else f"{after}: {line.text}"


def _titled(title: str, said: str) -> str:
    said = one_line(said)
    return f"{escape(title.ljust(TITLE_WIDTH))} [faint]{escape(said)}[/]" if said else escape(title)


class StepsReporter:
    """A timestamped line for each step that begins, says something new, or ends."""

    def __init__(self, console: Console) -> None:
        self._lines = StampedLines(console)
        self._last: dict[str, str] = {}

    def report(self, event: Event) -> None:
        match event:
            case WarningEvent(message=message):
                self._lines.warn(message)
            case LogEvent(step=step, message=message):
                self._lines.print(f"{escape(step)}: [faint]{escape(message)}[/]")
            case StepEvent(step=step, status=status, message=message):
                # The same wait is reported many times a second.
                if self._last.get(step) != f"{status}{message}":
                    self._last[step] = f"{status}{message}"
                    self._lines.print(_in_words(step, status, message))

    def close(self) -> None:
        """Nothing is left to end."""


def _in_words(step: str, status: StepStatus, message: str) -> str:
    name, said = escape(step), f"[faint]{escape(message)}[/]"
    match status:
        case StepStatus.STARTED:
            return f"{name} …  {said}" if message else f"{name} …"
        case StepStatus.WAITING:
            return f"… {name}  {said}"
        case StepStatus.DONE:
            return f"[good]✓[/] {name}  {said}" if message else f"[good]✓[/] {name}"
        case StepStatus.FAILED:
            # What failed is told once, by the error.
            return f"[bad]✗[/] {name}"
