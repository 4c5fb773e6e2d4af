"""Waiting with a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.engine import FakeClock, RecordingReporter

from devenv.errors import NotReadyError, ServiceCrashedError
from devenv.stack.progress import Deadline, Progress, Timing, Waiter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CRASH = ServiceCrashedError("temporal", 1, ["panic"])


class Bench:
    """A step that waits at most `timeout_s`, and a check that answers as it is told."""

    def __init__(
        self, *answers: Sequence[str], timeout_s: float = 10, watch: Callable[[], None] | None = None
    ) -> None:
        self.clock = FakeClock()
        self.reporter = RecordingReporter()
        self.progress = Progress(self.reporter, self.clock)
        self.answers = list(answers)
        self.asked = 0
        self._waiter = Waiter(Deadline(self.clock, 0, timeout_s), watch or (lambda: None))

    def wait(self) -> None:
        with self.progress.step("frontend") as step:
            self._waiter.until(step, self._check)

    def _check(self) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_nobody_sleeps_when_nothing_is_missing() -> None:
    """What is there already costs no time."""
    bench = Bench([])
    bench.wait()
    assert (bench.asked, bench.clock.seconds) == (1, 0)


def test_a_wait_ends_as_soon_as_nothing_is_missing() -> None:
    """The check is asked again and again until it has nothing to say, with a pause in between."""
    bench = Bench(["a"], ["b"], [])
    bench.wait()
    assert bench.asked == 3
    assert 0 < bench.clock.seconds < 1


def test_the_reporter_hears_what_is_waited_for() -> None:
    """The first thing missing, and how many more."""
    bench = Bench(["a is not up"], ["a is not up", "b", "c"], [])
    bench.wait()
    assert bench.reporter.messages("frontend")[1:3] == ["a is not up", "a is not up (and 2 more)"]


def test_the_deadline_ends_the_wait_with_what_was_still_missing() -> None:
    """The last answer is the evidence; the time is what was allowed."""
    bench = Bench(["a", "b"], ["b"], timeout_s=5)
    with pytest.raises(NotReadyError, match="not ready after 5 s") as caught:
        bench.wait()
    assert caught.value.details == ("still missing: b",)
    assert 5 <= bench.clock.seconds < 6


def test_a_deadline_that_has_passed_still_allows_one_try() -> None:
    """What became ready in the last moment counts."""
    bench = Bench([], timeout_s=0)
    bench.wait()
    assert bench.asked == 1


def test_all_waits_share_one_deadline() -> None:
    """The timeout is for the whole of `up`, not for each step."""
    clock = FakeClock()
    waiter = Waiter(Deadline(clock, 0, 5), lambda: None)
    progress = Progress(RecordingReporter(), clock)
    clock.sleep(4)
    with pytest.raises(NotReadyError), progress.step("second") as step:
        waiter.until(step, lambda: ["x"])
    assert clock.seconds < 6


def test_what_the_watch_raises_ends_the_wait_at_once() -> None:
    """A crash is not waited out."""

    def watch() -> None:
        raise CRASH

    bench = Bench(["a"], watch=watch)
    with pytest.raises(ServiceCrashedError):
        bench.wait()
    assert bench.asked == 1
    assert bench.reporter.steps()[-1] == ("frontend", "failed")


def test_a_step_tells_when_it_began_and_how_it_ended() -> None:
    """Started, then done with its outcome; the timing counts from the beginning of the operation."""
    clock, reporter = FakeClock(seconds=100), RecordingReporter()
    progress = Progress(reporter, clock)
    clock.sleep(0.5)
    with progress.step("launch") as step:
        clock.sleep(1.25)
        step.outcome = "services are starting"
    assert progress.timings == [Timing("launch", 0.5, 1.25)]
    assert reporter.steps() == [("launch", "started"), ("launch", "done")]
    assert reporter.messages("launch")[-1] == "services are starting"


def test_a_step_that_fails_says_so_and_has_no_timing() -> None:
    """The first line of the error is enough; the error itself goes on."""
    clock, reporter = FakeClock(), RecordingReporter()
    progress = Progress(reporter, clock)
    with pytest.raises(ValueError, match="first"), progress.step("launch"):
        raise ValueError("first\nsecond")
    assert reporter.steps()[-1] == ("launch", "failed")
    assert reporter.messages("launch")[-1] == "first"
    assert progress.timings == []
