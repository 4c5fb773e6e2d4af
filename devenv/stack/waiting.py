"""Waiting with a deadline, a reason, and an eye on the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import NotReadyError, NotRunningError
from devenv.stack.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from tenacity import RetryCallState

    from devenv.stack.dependencies import Clock
    from devenv.stack.progress import Step
    from devenv.stack.stack import Observation

    Check = Callable[[], Sequence[str]]

POLL_S = 0.05
# Each look costs the engine a request for every container.
LOOK_INTERVAL_S = 1.0


@dataclass
class Deadline:
    """The moment after which waiting is over; `timeout_s` counts from `started_s` of the clock."""

    clock: Clock
    started_s: float
    timeout_s: float

    def waited(self) -> float:
        """Return the seconds since the start."""
        return self.clock.now() - self.started_s

    def has_passed(self) -> bool:
        """Whether there is no time left."""
        return self.waited() >= self.timeout_s


class Waiter:
    """Waits for checks until one deadline; `watch` runs between tries and may raise to end the wait.

    `not_up` returns what else is not there, which tells more of a deadline that has passed than the check
    that came first.
    """

    def __init__(self, deadline: Deadline, watch: Callable[[], None], not_up: Check = lambda: ()) -> None:
        self._deadline = deadline
        self._watch = watch
        self._not_up = not_up

    def until(self, step: Step, check: Check) -> None:
        """Call `check` until it returns nothing missing.

        Raises:
            NotReadyError: The deadline passed; it says what was still missing.
        """
        from tenacity import RetryError, Retrying, retry_if_result, wait_fixed

        def between(state: RetryCallState) -> None:
            self._watch()
            step.missing(_summary(_missing(state)))

        retrying = Retrying(
            retry=retry_if_result(bool),
            wait=wait_fixed(POLL_S),
            stop=lambda _: self._deadline.has_passed(),
            sleep=self._deadline.clock.sleep,
            before_sleep=between,
        )
        try:
            retrying(check)
        except RetryError as error:
            missing = dict.fromkeys([*error.last_attempt.result(), *self._not_up()])
            raise NotReadyError(self._deadline.waited(), list(missing)) from None


def wait_on_server(observation: Observation, timeout: timedelta) -> tuple[Waiter, Progress]:
    """Return what waits, no longer than `timeout` and as long as the server runs, and what reports."""
    deps = observation.stack.deps
    deadline = Deadline(deps.clock, deps.clock.now(), timeout.total_seconds())
    return Waiter(deadline, _ServerMonitor(observation, deps.clock)), Progress(deps.reporter, deps.clock)


class _ServerMonitor:
    """Called between two tries of a wait; ends it when the server has ended."""

    def __init__(self, observation: Observation, clock: Clock) -> None:
        self._observation = observation
        self._clock = clock
        self._next_s = clock.now() + LOOK_INTERVAL_S

    def __call__(self) -> None:
        if self._clock.now() < self._next_s:
            return
        self._next_s = self._clock.now() + LOOK_INTERVAL_S
        if not self._observation.again().is_serving:
            raise NotRunningError(self._observation.stack.name)


def as_missing(problem: str | None) -> list[str]:
    """Return what a check returns that knows one problem or none."""
    return [problem] if problem else []


def _missing(state: RetryCallState) -> Sequence[str]:
    return [] if state.outcome is None else list(state.outcome.result())


def _summary(missing: Sequence[str]) -> str:
    others = len(missing) - 1
    return f"{missing[0]} (and {others} more)" if others > 0 else "".join(missing)
