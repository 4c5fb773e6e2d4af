"""What the core tells whoever is watching: steps, log lines, warnings.

The core never prints. It reports events; `devenv.cli` decides how they look.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class StepStatus(StrEnum):
    """Where a step stands."""

    STARTED = "started"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class StepEvent:
    """A step began, waits for something, or ended.

    An `is_technical` message says what exactly is missing, for those who have to look into it.
    """

    step: str
    status: StepStatus
    message: str = ""
    is_technical: bool = False


@dataclass(frozen=True)
class LogEvent:
    """A line of detail inside a step, as a build or a pull prints it."""

    step: str
    message: str


@dataclass(frozen=True)
class WarningEvent:
    """Something the user should know although the command goes on."""

    message: str


Event = StepEvent | LogEvent | WarningEvent


class Reporter(Protocol):
    """Takes the events of one command, in order, from any thread."""

    def report(self, event: Event) -> None:
        """Show or record `event`."""


def warn(reporter: Reporter, message: str) -> None:
    """Report a warning: a sentence without a final period."""
    reporter.report(WarningEvent(message))
