"""Looks after the services while something waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.events import StepStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.engines.protocol import Engine, Launch, Service, StackIdentity
    from devenv.stack.dependencies import Clock
    from devenv.stack.progress import Progress

# Each look costs the engine a request for every container.
INTERVAL_S = 0.5


class ServiceWatch:
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
        self._next_look = self._clock.now() + INTERVAL_S

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
        name = service.name
        if name not in self._waited_for:
            self._waited_for[name] = True
            self._progress.report(name, StepStatus.STARTED)
        if not self._waited_for[name]:
            return
        if is_up(service):
            self._waited_for[name] = False
            self._progress.finish(name, self._began, service.health or service.state)
        else:
            self._progress.report(
                name, StepStatus.WAITING, service.activity or service.health or service.state
            )


def not_up_sentence(service: Service) -> str:
    """Say how a service is that is not up, and what it does."""
    doing = f": {service.activity}" if service.activity else ""
    return f"service {service.name} is {service.health or service.state}{doing}"


def is_up(service: Service) -> bool:
    """Tell whether a service runs, and is healthy where that is checked; a one-shot may have finished."""
    return service.has_finished or (service.is_running and service.health in {None, "healthy"})
