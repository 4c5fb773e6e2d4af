"""Every step by the name that programs know it by, with its details: what `--verbose` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.cli.output.stamped import StampedLines
from devenv.events import Event, LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from rich.console import Console


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
