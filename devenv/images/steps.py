"""Reports work on images as steps: started, done or failed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.events import StepEvent, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.events import Reporter

INTERRUPTED = "interrupted"


@contextmanager
def reported_step(reporter: Reporter, step: str, doing: str, done: str = "") -> Iterator[None]:
    """Report `step` as started, and as done or failed when the block is left.

    An interrupt is reported as failed too: nothing may look as if it were still going on.
    """
    reporter.report(StepEvent(step, StepStatus.STARTED, doing))
    try:
        yield
    except BaseException as error:
        reporter.report(StepEvent(step, StepStatus.FAILED, _reason(error)))
        raise
    reporter.report(StepEvent(step, StepStatus.DONE, done))


@dataclass
class OpenSteps:
    """Parallel steps, which end one by one; `objects` maps each open step to what it works on."""

    reporter: Reporter
    objects: dict[str, str]

    def wait(self, step: str, message: str) -> None:
        """Report progress of a step, unless it has ended."""
        if step in self.objects:
            self.reporter.report(StepEvent(step, StepStatus.WAITING, message))

    def end(self, step: str) -> None:
        """Report an open step as done."""
        if step in self.objects:
            self.reporter.report(StepEvent(step, StepStatus.DONE, self.objects.pop(step)))

    def fail(self, step: str, reason: str) -> None:
        """Report an open step as failed."""
        if self.objects.pop(step, None) is not None:
            self.reporter.report(StepEvent(step, StepStatus.FAILED, reason))

    def fail_all(self, reason: str) -> None:
        """Report every step that is still open as failed."""
        for step in tuple(self.objects):
            self.fail(step, reason)


@contextmanager
def reported_side_by_side(reporter: Reporter, doing: str, objects: Mapping[str, str]) -> Iterator[OpenSteps]:
    """Report each step of `objects` as started, and those still open at the end as done or failed.

    As in `reported_step`, an interrupt is a failure.
    """
    steps = OpenSteps(reporter, dict(objects))
    for step, each in objects.items():
        reporter.report(StepEvent(step, StepStatus.STARTED, f"{doing} {each}"))
    try:
        yield steps
    except BaseException as error:
        steps.fail_all(_reason(error))
        raise
    for step in objects:
        steps.end(step)


def _reason(error: BaseException) -> str:
    return error.message if isinstance(error, DevenvError) else INTERRUPTED
