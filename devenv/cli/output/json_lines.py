"""Events as lines of JSON, for programs."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from devenv.cli.output.documents import json_text
from devenv.events import Event, LogEvent, StepEvent, WarningEvent


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
                print(json_text(line), flush=True)

    def _to_line(self, event: Event) -> dict[str, Any] | None:
        elapsed = round(time.monotonic() - self._began, 3)
        match event:
            case StepEvent(step=step, status=status, message=message):
                # The same wait is reported many times a second.
                if self._last.get(step) == f"{status}{message}":
                    return None
                self._last[step] = f"{status}{message}"
                return _line("step", elapsed, message, step=step, status=status.value)
            case LogEvent(step=step, message=message):
                return _line("log", elapsed, message, step=step)
            case WarningEvent(message=message):
                return _line("warning", elapsed, message)

    def close(self) -> None:
        """The last line is the result, which somebody else prints."""


def _line(
    event: str, elapsed_s: float, message: str, *, step: str | None = None, status: str | None = None
) -> dict[str, Any]:
    """Return a line of the stream; every one but the result has all of these fields."""
    return {"event": event, "step": step, "status": status, "elapsed_s": elapsed_s, "message": message}
