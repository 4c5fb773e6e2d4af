"""The live view: one line for each part, with the seconds it took and what it does now."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from devenv.cli.output.board import Board
from devenv.cli.output.plain import MARKS
from devenv.events import Event, StepStatus, WarningEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

# What was still waited for when everything ended.
LEFT = "[faint]-[/]"


class LiveReporter:
    """Draws the parts of one command on a terminal until it is closed."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._board = Board(clock)
        self._lock = Lock()
        self._live: Live | None = None
        self._spinner = Spinner("dots")
        self._is_closed = False

    def report(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, WarningEvent):
                self._console.print(f"[warn]warning:[/] {escape(event.message)}", soft_wrap=True)
                return
            self._board.note(event)
            if self._live is None and not self._is_closed:
                self._live = Live(
                    get_renderable=self._draw, console=self._console, refresh_per_second=8, transient=False
                )
                self._live.start()

    def _draw(self) -> RenderableType:
        # No lock here: whoever holds it may be waiting for the view to be drawn.
        lines = self._board.lines()
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=1)
        table.add_column(no_wrap=True, width=max((len(line.title) for line in lines), default=1))
        table.add_column(no_wrap=True, justify="right", width=7)
        # Only what is said gives way on a narrow terminal.
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for line in lines:
            table.add_row(
                self._mark(line.status),
                escape(line.title),
                f"{line.seconds:.1f} s",
                f"[faint]{escape(line.text)}[/]",
            )
        return table

    def _mark(self, status: StepStatus) -> RenderableType:
        if status in MARKS:
            return Text.from_markup(MARKS[status])
        return Text.from_markup(LEFT) if self._is_closed else self._spinner

    def close(self) -> None:
        """Leave the last state on the screen."""
        with self._lock:
            self._board.close()
            self._is_closed = True
            if self._live is not None:
                self._live.stop()
                self._live = None
