"""What `devenv dev` shows: the output of each service behind its name, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

import typer

from devenv.cli.output.visible import log_line, one_line
from devenv.events import LogEvent, StepEvent, StepStatus
from devenv.stack.dev.worker import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.events import Reporter
    from devenv.stack.dev.worker import Told

# None of them is that of an error.
COLOURS = ("cyan", "magenta", "blue", "green", "bright_cyan", "bright_magenta")
MARKS = {
    State.CHECKING: ("…", "bright_black"),
    State.RUNNING: ("✓", "green"),
    State.CRASHED: ("✗", "red"),
    State.REFUSED: ("✗", "red"),
    State.ENDED: ("✓", "bright_black"),
}
STATUSES = {
    State.CHECKING: StepStatus.WAITING,
    State.RUNNING: StepStatus.STARTED,
    State.CRASHED: StepStatus.FAILED,
    State.REFUSED: StepStatus.FAILED,
    State.ENDED: StepStatus.DONE,
}


class TextTeller:
    """Prints one line for everything, for people; what comes from several threads is not mixed."""

    def __init__(self, console: SafeConsole, names: Sequence[str], *, to_stderr: bool) -> None:
        self._to_stderr = to_stderr
        self._keeps_colours = console.is_terminal and not console.no_color
        self._width = max(map(len, names))
        self._colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
        self._lock = Lock()

    def tell(self, told: Told) -> None:
        """Print it."""
        head = f"{one_line(told.service):<{self._width}} |"
        prefix = self._styled(head, self._colours[told.service])
        with self._lock:
            for line in told.lines:
                self._echo(f"{prefix}   {log_line(line, keeps_colours=self._keeps_colours)}")
            if told.state is None:
                self._echo(f"{prefix} {log_line(told.text, keeps_colours=self._keeps_colours)}")
            else:
                mark, colour = MARKS[told.state]
                time = f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005  as the clock on the wall
                self._echo(f"{prefix} {self._styled(f'{mark} {time} {one_line(told.text)}', colour)}")

    def _styled(self, text: str, colour: str) -> str:
        return typer.style(text, fg=colour) if self._keeps_colours else text

    def _echo(self, text: str) -> None:
        typer.echo(text, err=self._to_stderr)


class EventTeller:
    """Reports everything as events, in whose `step` is the service."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def tell(self, told: Told) -> None:
        """Report it."""
        for line in told.lines:
            self._reporter.report(LogEvent(told.service, line))
        if told.state is None:
            self._reporter.report(LogEvent(told.service, told.text))
        else:
            self._reporter.report(StepEvent(told.service, STATUSES[told.state], f"{told.state}: {told.text}"))
