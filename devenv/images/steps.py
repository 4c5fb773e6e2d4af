"""Reports a piece of work on an image as a step, however it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.events import StepEvent, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.events import Reporter


@contextmanager
def reported_step(reporter: Reporter, step: str, doing: str, done: str = "") -> Iterator[None]:
    """Report `step` as started, and as done or failed when the block is left.

    An interrupt is reported as failed too: nothing may look as if it were still going on.
    """
    reporter.report(StepEvent(step, StepStatus.STARTED, doing))
    try:
        yield
    except BaseException as error:
        reason = error.message if isinstance(error, DevenvError) else "interrupted"
        reporter.report(StepEvent(step, StepStatus.FAILED, reason))
        raise
    reporter.report(StepEvent(step, StepStatus.DONE, done))
