"""Events as lines for people, where no live view can be drawn or none is wanted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event as ThreadEvent
from threading import Lock, Thread
from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.events import Event, LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from rich.console import Console

HEARTBEAT_S = 10.0
# A wait that is over sooner is not worth a line.
PATIENCE_S = 1.0


@dataclass
class _OpenStep:
    """A step that has not ended: since when, what it said last, and whether that was told."""

    began: float
    message: str = ""
    is_told: bool = False


class PlainReporter:
    """One timestamped line for each change, and a sign of life every `heartbeat_s` seconds of silence.

    A compiler may say nothing for minutes, so the signs of life come from a thread of their own.
    """

    def __init__(
        self,
        console: Console,
        *,
        verbose: bool = False,
        quiet: bool = False,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._console = console
        self._verbose = verbose
        self._quiet = quiet
        self._heartbeat_s = heartbeat_s
        self._last_line = time.monotonic()
        # In the order of their last news.
        self._open: dict[str, _OpenStep] = {}
        self._lock = Lock()
        self._closed = ThreadEvent()
        self._heart = Thread(target=self._beat, name="heartbeat", daemon=True)

    def report(self, event: Event) -> None:
        with self._lock:
            match event:
                case WarningEvent(message=message):
                    self._print(f"[warn]warning:[/] {escape(message)}")
                case StepEvent() if not self._quiet:
                    self._report_step(event)
                case LogEvent(step=step, message=message) if not self._quiet:
                    self._report_log(step, message)
                case _:
                    pass

    def _report_step(self, event: StepEvent) -> None:
        match event.status:
            case StepStatus.STARTED:
                self._begin(event.step)
            case StepStatus.WAITING:
                self._report_wait(event.step, event.message)
            case StepStatus.DONE:
                self._open.pop(event.step, None)
                self._print(f"[good]✓[/] {_step_line(event)}")
            case StepStatus.FAILED:
                self._open.pop(event.step, None)
                # What failed is told once, by the error.
                self._print(f"[bad]✗[/] {escape(event.step)}")

    def _begin(self, step: str) -> None:
        self._open[step] = _OpenStep(time.monotonic())
        if self._verbose:
            self._print(f"{escape(step)} …")
        if not self._heart.is_alive() and not self._closed.is_set():
            self._heart.start()

    def _report_wait(self, step: str, message: str) -> None:
        waiting = self._hear(step, message)
        if not waiting.is_told and self._is_silent_for(PATIENCE_S):
            waiting.is_told = True
            self._print_wait(step, waiting)

    def _report_log(self, step: str, message: str) -> None:
        self._hear(step, message)
        if self._verbose:
            self._print(f"{escape(step)}: [faint]{escape(message)}[/]")

    def _hear(self, step: str, message: str) -> _OpenStep:
        """Keep what a step says; only another word than before is news."""
        waiting = self._open.setdefault(step, _OpenStep(time.monotonic()))
        if waiting.message != message:
            waiting.message = message
            self._open[step] = self._open.pop(step)
        return waiting

    def _beat(self) -> None:
        while not self._closed.wait(self._heartbeat_s / 10):
            with self._lock:
                if self._open and self._is_silent_for(self._heartbeat_s):
                    # Of nested steps that is the innermost, of those side by side the liveliest.
                    step = next(reversed(self._open))
                    self._print_wait(step, self._open[step])

    def _print_wait(self, step: str, waiting: _OpenStep) -> None:
        elapsed = time.monotonic() - waiting.began
        self._print(f"… {escape(step)} ({elapsed:.0f} s)  [faint]{escape(waiting.message)}[/]")

    def _is_silent_for(self, seconds: float) -> bool:
        return time.monotonic() - self._last_line >= seconds

    def _print(self, markup: str) -> None:
        self._last_line = time.monotonic()
        stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
        self._console.print(f"[faint]{stamp}[/] {markup}", soft_wrap=True)

    def close(self) -> None:
        """End the signs of life; nothing is left on the screen to take away."""
        self._closed.set()


def _step_line(event: StepEvent) -> str:
    return f"{escape(event.step)}" + (f"  [faint]{escape(event.message)}[/]" if event.message else "")
