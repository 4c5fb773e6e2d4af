"""JSON for programs: one document for each command, on success and on failure, and events as lines."""

from __future__ import annotations

import json
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from devenv.cli.output.formats import OutputFormat
from devenv.events import Event, LogEvent, StepEvent, WarningEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.errors import DevenvError


SCHEMA_VERSION = 1


def success_document(stack: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of a command that did what it was asked."""
    return {"schema_version": SCHEMA_VERSION, "ok": True, "stack": stack, **fields}


def failure_document(stack: str | None, error: DevenvError) -> dict[str, Any]:
    """Return the document of a command that failed."""
    return {"schema_version": SCHEMA_VERSION, "ok": False, "stack": stack, **failure_fields(error)}


def failure_fields(error: DevenvError) -> dict[str, Any]:
    """Return the fields that say that a command failed; there may be an answer beside them."""
    problem = {
        "code": error.code,
        "exit_code": int(error.exit_code),
        "message": error.message,
        "details": list(error.details),
        "hint": error.hint,
    }
    return {"ok": False, "error": problem}


def print_document(document: Mapping[str, Any], output: OutputFormat) -> None:
    """Print `document` on stdout: as it is, or as the last line of an event stream."""
    if output is OutputFormat.JSONL:
        print(json_text({"event": "result", **document}), flush=True)
    else:
        print(json_text(document, indent=2), flush=True)


def json_text(document: Mapping[str, Any], indent: int | None = None) -> str:
    """Return `document` as JSON without a control character; `json` leaves one of them as it is."""
    return json.dumps(document, indent=indent).replace("\x7f", r"\u007f")


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
