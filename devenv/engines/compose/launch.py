"""A launch under way: `docker compose up` in a thread, and the containers that it starts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from devenv.engines.compose.removal import may_pass
from devenv.engines.host import ports
from devenv.errors import CommandFailedError, DevenvError, ServiceCrashedError
from devenv.temporal.server_log import SHOWN_LINES, readable_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.engines.compose.containers import Containers
    from devenv.engines.compose.orchestration import Orchestration
    from devenv.engines.protocol import LaunchSpec


class ComposeLaunch:
    """Starts at once; `check` tells what has gone wrong since.

    On a stack that runs, Compose first replaces the containers that changed and starts nothing: until that
    is done, whoever answers on the ports may be about to go.
    """

    def __init__(self, compose: Orchestration, containers: Containers, spec: LaunchSpec) -> None:
        self._compose = compose
        self._containers = containers
        self._stack = spec.stack
        self._ports = spec.ports
        self._failure: DevenvError | None = None
        # What ended before this launch did not crash in it.
        services = containers.services(spec.stack, one_shots=True)
        self._earlier = {(service.title, service.started_at) for service in services}
        self._is_replacing = any(service.is_running for service in services)
        self._thread = threading.Thread(target=self._launch, name="compose-up", daemon=True)
        self._thread.start()

    def _launch(self) -> None:
        try:
            if self._is_replacing:
                self._twice(self._compose.create)
                self._is_replacing = False
            self._twice(self._compose.up)
        except DevenvError as error:
            self._failure = error

    def _twice(self, run: Callable[[], None]) -> None:
        """Call `run`, once more where it failed of something that passes."""
        try:
            run()
        except CommandFailedError as error:
            if not may_pass(error.details):
                raise
            self._containers.clear_leftovers(self._stack)
            run()

    def replacing(self) -> list[str]:
        """Return a sentence while containers that run may still be replaced.

        Raises:
            DevenvError: Compose could not replace them.
        """
        self._check_success()
        return ["Docker Compose replaces the containers that changed"] if self._is_replacing else []

    def check(self) -> None:
        """Return while the launch goes on or has succeeded.

        Raises:
            ServiceCrashedError: A service ended by itself, or a one-shot in failure.
            PortTakenError: Somebody else got one of the stack's ports first.
            CommandFailedError: Compose could not start the containers for another reason.
        """
        if not self._is_replacing and self._containers.has_ended(self._stack):
            self._check_alive()
        self._check_success()

    def _check_success(self) -> None:
        if self._failure is not None:
            raise ports.lost(self._failure.details, self._ports, self._holder) or self._failure

    def _holder(self, port: int) -> str | None:
        container = self._containers.publishing(port)
        return container.describe() if container else ports.process_holding(port)

    def _check_alive(self) -> None:
        for service in self._containers.services(self._stack, one_shots=True):
            if service.has_crashed and (service.title, service.started_at) not in self._earlier:
                tail = self._containers.log_tail(self._stack, service.name, SHOWN_LINES, service.number)
                raise ServiceCrashedError(service.title, service.exit_code, readable_lines(tail))

    def wait(self) -> None:
        """Block until the last container is started; raises as `check`."""
        self._thread.join()
        self.check()

    def end(self) -> None:
        """End Compose if it is not done; what it has made stays."""
        self._compose.end()
        self._thread.join()
