"""The live view: one line for each step, with the seconds it took and what it waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from devenv.events import Event, LogEvent, StepEvent, StepStatus, WarningEvent

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

MARKS = {StepStatus.DONE: "[good]✓[/]", StepStatus.FAILED: "[bad]✗[/]"}


@dataclass
class _Line:
    began: float
    status: StepStatus = StepStatus.STARTED
    message: str = ""
    seconds: float | None = None
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class LiveReporter:
    """Draws the steps of one command on a terminal until it is closed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()
        self._live: Live | None = None

    def report(self, event: Event) -> None:
        with self._lock:
            match event:
                case WarningEvent(message=message):
                    self._console.print(f"[warn]warning:[/] {escape(message)}", soft_wrap=True)
                case StepEvent():
                    self._note(event.step, event.status, event.message)
                case LogEvent(step=step, message=message):
                    self._note(step, StepStatus.WAITING, message)

    def _note(self, step: str, status: StepStatus, message: str) -> None:
        line = self._lines.setdefault(step, _Line(time.monotonic()))
        line.status, line.message = status, message
        if status in MARKS:
            line.seconds = time.monotonic() - line.began
        if self._live is None:
            self._live = Live(
                get_renderable=self._draw, console=self._console, refresh_per_second=8, transient=False
            )
            self._live.start()

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=1)
        table.add_column(no_wrap=True, width=max(map(len, self._lines)))
        table.add_column(no_wrap=True, justify="right", width=7)
        # Only what a step waits for gives way on a narrow terminal.
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        now = time.monotonic()
        for step, line in list(self._lines.items()):
            seconds = line.seconds if line.seconds is not None else now - line.began
            mark = Text.from_markup(MARKS[line.status]) if line.status in MARKS else line.spinner
            table.add_row(mark, escape(step), f"{seconds:.1f} s", f"[faint]{escape(line.message)}[/]")
        return table

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
