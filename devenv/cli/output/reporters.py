"""Reporters: the same events as lines, as a live view, as JSON lines, or not at all."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from devenv.events import Event, LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from rich.console import Console

HEARTBEAT_S = 10.0
# A wait that is over sooner is not worth a line.
PATIENCE_S = 1.0


class PlainReporter:
    """One timestamped line for each change, and one every ten seconds of waiting."""

    def __init__(self, console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
        self._console = console
        self._verbose = verbose
        self._quiet = quiet
        self._last_line = time.monotonic()
        self._said: dict[str, str] = {}
        self._lock = Lock()

    def report(self, event: Event) -> None:
        with self._lock:
            match event:
                case WarningEvent(message=message):
                    self._print(f"[warn]warning:[/] {escape(message)}")
                case StepEvent() if not self._quiet:
                    self._report_step(event)
                case LogEvent(step=step, message=message) if self._verbose or self._is_silent_for(
                    HEARTBEAT_S
                ):
                    self._print(f"{escape(step)}: [faint]{escape(message)}[/]")
                case _:
                    pass

    def _report_step(self, event: StepEvent) -> None:
        match event.status:
            case StepStatus.STARTED:
                if self._verbose:
                    self._print(f"{escape(event.step)} …")
            case StepStatus.WAITING:
                self._report_wait(event)
            case StepStatus.DONE:
                self._print(f"[good]✓[/] {_step_line(event)}")
            case StepStatus.FAILED:
                # What failed is told once, by the error.
                self._print(f"[bad]✗[/] {escape(event.step)}")

    def _report_wait(self, event: StepEvent) -> None:
        is_new = self._said.get(event.step) is None and self._is_silent_for(PATIENCE_S)
        if is_new or self._is_silent_for(HEARTBEAT_S):
            self._said[event.step] = event.message
            self._print(f"… {escape(event.step)}: [faint]{escape(event.message)}[/]")

    def _is_silent_for(self, seconds: float) -> bool:
        return time.monotonic() - self._last_line >= seconds

    def _print(self, markup: str) -> None:
        self._last_line = time.monotonic()
        stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
        self._console.print(f"[faint]{stamp}[/] {markup}", soft_wrap=True)

    def close(self) -> None:
        """Nothing is left on the screen to take away."""


class JsonLinesReporter:
    """Each event as a line of JSON on stdout."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = Lock()
        self._last: dict[str, str] = {}

    def report(self, event: Event) -> None:
        with self._lock:
            line = self._to_line(event)
            if line is not None:
                print(json.dumps(line), flush=True)

    def _to_line(self, event: Event) -> dict[str, Any] | None:
        elapsed = round(time.monotonic() - self._began, 3)
        match event:
            case StepEvent(step=step, status=status, message=message):
                # The same wait is reported many times a second.
                if self._last.get(step) == f"{status}{message}":
                    return None
                self._last[step] = f"{status}{message}"
                fields = {"step": step, "status": status.value, "elapsed_s": elapsed, "message": message}
                return {"event": "step", **fields}
            case LogEvent(step=step, message=message):
                return {"event": "log", "step": step, "elapsed_s": elapsed, "message": message}
            case WarningEvent(message=message):
                return {"event": "warning", "elapsed_s": elapsed, "message": message}

    def close(self) -> None:
        """The last line is the result, which somebody else prints."""


def _step_line(event: StepEvent) -> str:
    return f"{escape(event.step)}" + (f"  [faint]{escape(event.message)}[/]" if event.message else "")
