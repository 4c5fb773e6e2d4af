"""Reports the steps of an operation and keeps how long each took."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.events import StepEvent, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.events import Reporter
    from devenv.stack.dependencies import Clock


# The outcome of a step that found nothing to change.
AS_DECLARED = "as declared"


@dataclass(frozen=True)
class Timing:
    """How long a step took, in seconds; `started_s` counts from the beginning of the operation."""

    step: str
    started_s: float
    seconds: float


class Progress:
    """The steps of one operation."""

    def __init__(self, reporter: Reporter, clock: Clock) -> None:
        self._reporter = reporter
        self._clock = clock
        self._began = clock.now()
        self.timings: list[Timing] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run a step: started, then done or failed, with its timing."""
        step = Step(name, self)
        started = self.elapsed()
        self.report(name, StepStatus.STARTED)
        try:
            yield step
        except BaseException as error:
            self.report(name, StepStatus.FAILED, str(error).partition("\n")[0])
            raise
        self.finish(name, started, step.outcome)

    def elapsed(self) -> float:
        """Return the seconds since the operation began."""
        return self._clock.now() - self._began

    def finish(self, name: str, started_s: float, outcome: str = "") -> None:
        """Record and report a step that is done."""
        self.timings.append(Timing(name, round(started_s, 3), round(self.elapsed() - started_s, 3)))
        self.report(name, StepStatus.DONE, outcome)

    def report(self, name: str, status: StepStatus, message: str = "", *, is_technical: bool = False) -> None:
        """Report where a step stands."""
        self._reporter.report(StepEvent(name, status, message, is_technical))


class Step:
    """One step under way; set `outcome` to say in a few words how it ended."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name = name
        self.outcome = ""
        self._progress = progress

    def waiting(self, what: str) -> None:
        """Say what the step waits for, in words for people."""
        self._progress.report(self.name, StepStatus.WAITING, what)

    def missing(self, what: str) -> None:
        """Say what exactly is not there yet."""
        self._progress.report(self.name, StepStatus.WAITING, what, is_technical=True)
