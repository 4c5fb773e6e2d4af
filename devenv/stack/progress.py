"""The steps of an operation: reports them, waits until a deadline, and monitors the services meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import NotReadyError, NotRunningError, ServerUnreachableError
from devenv.events import StepEvent, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from tenacity import RetryCallState

    from devenv.engines.protocol import Engine, Launch, Service, StackIdentity
    from devenv.events import Reporter
    from devenv.stack.dependencies import Clock
    from devenv.stack.stack import Observation

    Check = Callable[[], Sequence[str]]
    """Returns what is missing, as sentences."""

POLL_S = 0.05
# Each look costs the engine a request for every container.
MONITOR_INTERVAL_S = 0.5
SERVER_INTERVAL_S = 1.0
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


def patient(check: Check) -> Check:
    """Return `check` for a server that may not answer at a moment; that is what is missing then."""

    def checked() -> Sequence[str]:
        try:
            return check()
        except ServerUnreachableError as error:
            return ["; ".join([error.message, *error.details])]

    return checked


class Waiter:
    """Waits for checks until one deadline; `monitor` runs between tries and may raise to end the wait.

    `not_up` returns what else is not there, which tells more of a deadline that has passed than the check
    that came first.
    """

    def __init__(self, deadline: Deadline, monitor: Callable[[], None], not_up: Check = lambda: ()) -> None:
        self._deadline = deadline
        self._monitor = monitor
        self._not_up = not_up

    @property
    def clock(self) -> Clock:
        """What the deadline is measured by."""
        return self._deadline.clock

    def until(self, step: Step, check: Check) -> None:
        """Call `check` until it returns nothing missing.

        Raises:
            NotReadyError: The deadline passed; it says what was still missing.
        """
        from tenacity import RetryError, Retrying, retry_if_result, wait_fixed

        def between(state: RetryCallState) -> None:
            self._monitor()
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


class ServiceMonitor:
    """Called between two tries of a wait; looks at the engine a few times a second.

    Reports each service once when it is up, and raises what the launch, where there is one, says has failed.
    """

    def __init__(
        self, engine: Engine, stack: StackIdentity, launch: Launch | None, progress: Progress, clock: Clock
    ) -> None:
        self._engine = engine
        self._stack = stack
        self._launch = launch
        self._progress = progress
        self._clock = clock
        self._began = progress.elapsed()
        self._next_look = 0.0
        self._waited_for: dict[str, bool] = {}
        self._seen: Sequence[Service] = ()

    def __call__(self) -> None:
        """Look, if it is time to.

        Raises:
            DevenvError: A service crashed, or the launch failed.
        """
        if self._clock.now() < self._next_look:
            return
        if self._launch is not None:
            self._launch.check()
        self._look()
        self._next_look = self._clock.now() + MONITOR_INTERVAL_S

    def not_up(self) -> list[str]:
        """Return a sentence for each service that does not run, or is not healthy where that is known."""
        self._look()
        return self.last_seen_not_up()

    def last_seen_not_up(self) -> list[str]:
        """Return the same of the last look, without another one."""
        return [not_up_sentence(service) for service in self._seen if not is_up(service)]

    def _look(self) -> None:
        self._seen = self._engine.services(self._stack)
        for service in self._seen:
            self._note(service)

    def _note(self, service: Service) -> None:
        name = service.title
        if name not in self._waited_for:
            self._waited_for[name] = True
            self._progress.report(name, StepStatus.STARTED)
        if not self._waited_for[name]:
            return
        if is_up(service):
            self._waited_for[name] = False
            self._progress.finish(name, self._began, service.health or service.state_for_people)
        else:
            self._progress.report(
                name, StepStatus.WAITING, service.activity or service.health or service.state
            )


def not_up_sentence(service: Service) -> str:
    """Say how a service is that is not up, and what it does."""
    doing = f": {service.activity}" if service.activity else ""
    return f"service {service.title} is {service.health or service.state}{doing}"


def is_up(service: Service) -> bool:
    """Tell whether a service runs, and is healthy where that is checked; a one-shot may have finished."""
    return service.has_finished or (service.is_running and service.health in {None, "healthy"})


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
        self._next_s = clock.now() + SERVER_INTERVAL_S

    def __call__(self) -> None:
        if self._clock.now() < self._next_s:
            return
        self._next_s = self._clock.now() + SERVER_INTERVAL_S
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
