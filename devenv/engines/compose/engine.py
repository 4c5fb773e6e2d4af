"""The `Engine` that runs a stack with Docker Compose."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from python_on_whales.exceptions import DockerException

from devenv.engines.compose.connection import connect, demand_compose
from devenv.engines.compose.containers import ONE_SHOTS, Containers
from devenv.engines.compose.stack_file import STACK_FILE, compose_client
from devenv.engines.protocol import EngineName, LogLine
from devenv.errors import CommandFailedError, NotRunningError, ServiceCrashedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from python_on_whales import DockerClient

    from devenv.engines.protocol import LaunchSpec, Ports, Service, StackIdentity
    from devenv.events import Reporter

LOG_TAIL_LINES = 15
STOP_TIMEOUT_S = 10
LOG_PREFIX = re.compile(r"^(?P<service>[a-z0-9._-]+?)-\d+\s+\| ?(?P<text>.*)$")


class ComposeEngine:
    """Stacks on Docker Compose; `directory_of` gives a stack's private state directory."""

    name = EngineName.COMPOSE

    def __init__(self, directory_of: Callable[[StackIdentity], Path]) -> None:
        self._directory_of = directory_of
        self._connected: Containers | None = None

    def check_prerequisites(self) -> None:
        self.containers  # noqa: B018  connecting is the check
        demand_compose()

    @property
    def containers(self) -> Containers:
        """Return the view of the engine; the first use connects.

        Raises:
            PrerequisiteError: As `connect`.
        """
        if self._connected is None:
            self._connected = Containers(connect())
        return self._connected

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> ComposeLaunch:
        launch = ComposeLaunch(self._compose(spec.stack, spec.overlays), self.containers, spec.stack)
        launch.begin()
        return launch

    def services(self, stack: StackIdentity) -> list[Service]:
        found = self.containers.services(stack)
        return [service for service in found if service.name not in ONE_SHOTS]

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        compose = self._compose(stack)
        _compose_call("stop", lambda: compose.compose.stop(list(services) or None, timeout=STOP_TIMEOUT_S))

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        compose = self._compose(spec.stack, spec.overlays)
        _compose_call("start", lambda: compose.compose.start(list(services) or None))

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        compose = self._compose(stack)
        _compose_call(
            "down",
            lambda: compose.compose.down(
                remove_orphans=True, volumes=volumes, timeout=STOP_TIMEOUT_S, quiet=True
            ),
        )
        # What an older stack file or a removed overlay left behind carries the labels all the same.
        self.containers.remove(stack, volumes=volumes)

    def has_data(self, stack: StackIdentity) -> bool:
        return self.containers.has_volumes(stack)

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
    ) -> Iterator[LogLine]:
        compose = self._compose(stack)
        stream = compose.compose.logs(
            list(services), follow=follow, tail=None if tail is None else str(tail), stream=True
        )
        for _, raw in stream:
            yield to_log_line(raw.decode(errors="replace").rstrip("\r\n"))

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        container = self.containers.identifier(stack, service)
        if container is None:
            raise NotRunningError(f"{stack.name} (service {service})")
        terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
        return subprocess.call(["docker", "exec", "--interactive", *terminal, container, *command])

    def internal_address(self, ports: Ports) -> str:
        return "temporal:7233"

    def stacks(self, owner: int) -> Mapping[str, str]:
        return self.containers.names(owner)

    def network(self, stack: StackIdentity) -> str | None:
        return f"{stack.name}_default"

    def _compose(self, stack: StackIdentity, overlays: Sequence[Path] = ()) -> DockerClient:
        directory = self._directory_of(stack)
        files = (directory / STACK_FILE, *overlays, directory / "labels.yaml")
        return compose_client(stack.name, directory, files, stack.project)


class ComposeLaunch:
    """`docker compose up` under way in a thread of its own."""

    def __init__(self, compose: DockerClient, containers: Containers, stack: StackIdentity) -> None:
        self._compose = compose
        self._containers = containers
        self._stack = stack
        self._failure: DockerException | None = None
        # What ended before this launch did not crash in it.
        self._earlier = {(service.name, service.started_at) for service in containers.services(stack)}
        self._thread = threading.Thread(target=self._up, name="compose-up", daemon=True)

    def begin(self) -> None:
        """Start bringing the containers up."""
        self._thread.start()

    def _up(self) -> None:
        try:
            self._compose.compose.up(detach=True, quiet=True, pull="never", remove_orphans=True)
        except DockerException as error:
            self._failure = error

    def check(self) -> None:
        self._check_services()
        if self._failure is not None:
            raise _explained("The containers could not be started", self._failure)

    def _check_services(self) -> None:
        if not self._containers.has_ended(self._stack):
            return
        for service in self._containers.services(self._stack):
            if has_crashed(service) and (service.name, service.started_at) not in self._earlier:
                tail = self._containers.log_tail(self._stack, service.name, LOG_TAIL_LINES)
                raise ServiceCrashedError(service.name, service.exit_code, tail)

    def wait(self) -> None:
        self._thread.join()
        self.check()


def has_crashed(service: Service) -> bool:
    """Tell whether `service` ended by itself: a one-shot may end well, the others may not end."""
    if service.state not in {"exited", "dead"}:
        return False
    return service.name not in ONE_SHOTS or service.exit_code != 0


def to_log_line(line: str) -> LogLine:
    """Take Compose's prefix off a log line: `temporal-1  | text`."""
    match = LOG_PREFIX.match(line)
    return LogLine(match["service"], match["text"]) if match else LogLine("", line)


def _compose_call(verb: str, call: Callable[[], object]) -> None:
    try:
        call()
    except DockerException as error:
        raise _explained(f"`docker compose {verb}` failed", error) from error


def _explained(what: str, error: DockerException) -> CommandFailedError:
    output = (error.stderr or "").strip().splitlines()
    return CommandFailedError(what, [str(part) for part in error.docker_command], output[-LOG_TAIL_LINES:])
