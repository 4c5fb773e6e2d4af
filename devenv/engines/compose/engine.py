"""The `Engine` that runs a stack with Docker Compose."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from devenv.engines.compose import TRAITS
from devenv.engines.compose.compose_run import ComposeRuns
from devenv.engines.compose.files import write_compose_files
from devenv.engines.compose.password import (
    explain_refusal,
    forget_password,
    known_passwords,
    password_of,
    restore_password,
    was_on_compose,
)
from devenv.engines.docker.versions import check_compose
from devenv.engines.host.programs import run_in_foreground
from devenv.engines.protocol import LogLine
from devenv.errors import ComposeProjectTakenError, NotRunningError
from devenv.events import LogEvent
from devenv.project.secrets import forget_secrets, texts_to_mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from devenv.engines.compose.containers import Containers
    from devenv.engines.compose.copies import Copies
    from devenv.engines.compose.launch import ComposeLaunch
    from devenv.engines.compose.orchestration import Orchestration
    from devenv.engines.copying import SavedData
    from devenv.engines.protocol import LaunchSpec, Service, StackIdentity, Web
    from devenv.errors import DevenvError
    from devenv.events import Reporter
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.services import Ports
    from devenv.project.state import StackStore

# Compose clears the line before each, in a write of its own: where services speak at once it does so twice.
CLEARED_LINES = re.compile(r"^(?:\x1b\[2K)+")
LOG_PREFIX = re.compile(r"^(?P<service>[a-z0-9._-]+?)-\d+\s+\| ?(?P<text>.*)$")


class ComposeEngine:
    """Stacks on Docker Compose; their files are below the directories of `store`."""

    name = "compose"
    traits = TRAITS
    # Docker's proxy listens before the container counts as running: seconds before, on a busy machine.
    publishing_s = 10.0

    def __init__(self, store: StackStore) -> None:
        self._store = store
        self._connected: Containers | None = None

    def check_prerequisites(self) -> None:
        # The plugin takes as long to answer as Docker's own library to load.
        with ThreadPoolExecutor(max_workers=1) as beside:
            compose = beside.submit(check_compose)
            self.containers  # noqa: B018  connecting is the check
            compose.result()

    @property
    def containers(self) -> Containers:
        """Return the view of the engine; the first use connects.

        Raises:
            PrerequisiteError: As `connect`.
        """
        if self._connected is None:
            from devenv.engines.compose.containers import Containers
            from devenv.engines.docker.connection import connect

            self._connected = Containers(connect())
        return self._connected

    def check_data(self, stack: StackIdentity, reporter: Reporter) -> None:
        restore_password(stack, self, self._store, reporter)

    def review_overlays(
        self, spec: LaunchSpec, known: ReviewedOverlays | None = None
    ) -> ReviewedOverlays | None:
        if not spec.overlays and not spec.addons:
            return None
        from devenv.engines.compose.overlays import resolve, review_overlays

        return review_overlays(spec, self._store, resolve, known=known.resolution if known else None)

    def prepare(self, spec: LaunchSpec, reviewed: ReviewedOverlays | None) -> str:
        return write_compose_files(spec, self._store, reviewed)

    def explain(self, error: DevenvError, stack: StackIdentity) -> DevenvError:
        return explain_refusal(error, stack, self._store)

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> ComposeLaunch:
        """Start bringing the stack to `spec` and return at once.

        Raises:
            ComposeProjectTakenError: Compose would take the containers of another project for orphans.
        """
        from devenv.engines.compose.launch import ComposeLaunch

        strangers = self.containers.strangers(spec.stack)
        if strangers:
            raise ComposeProjectTakenError(spec.stack.name, strangers)
        if self._end_earlier(spec.stack):
            reporter.report(LogEvent("launch", "ended what an interrupted devenv had left Compose doing"))
        self.containers.clear_leftovers(spec.stack)
        return ComposeLaunch(self._compose(spec.stack), self.containers, spec)

    def services(self, stack: StackIdentity) -> list[Service]:
        return self.containers.services(stack)

    def held_ports(self, stack: StackIdentity, ports: Collection[int]) -> frozenset[int]:
        return self.containers.published_ports(stack, self._directory_of(stack)) & frozenset(ports)

    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:
        return self.containers.reserved_ports(stack)

    def other_state(self, stack: StackIdentity) -> str | None:
        return self.containers.other_state(stack, self._directory_of(stack))

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        self._end_earlier(stack)
        # Some engines cannot stop what is paused.
        self.containers.unpause(stack)
        self._compose(stack).stop(services)

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        self._end_earlier(spec.stack)
        self.containers.clear_leftovers(spec.stack)
        self.containers.unpause(spec.stack)
        self._compose(spec.stack).start(services)

    def resume(self, stack: StackIdentity) -> list[str]:
        return self.containers.unpause(stack)

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        self._end_earlier(stack)
        self.containers.remove(stack, volumes=volumes)
        if volumes:
            # It would be a sign of data that nobody has.
            forget_password(stack, self._store)
            forget_secrets(stack.name, self._store)

    def environment(self, stack: StackIdentity, service: str) -> Mapping[str, str]:
        """Return the variables that the container of `service` was made with; empty where there is none."""
        return self.containers.environment(stack, service)

    def has_data(self, stack: StackIdentity) -> bool:
        return self.containers.has_volumes(stack)

    def had_data(self, stack: StackIdentity) -> bool:
        return was_on_compose(stack, self._store)

    def secrets(self, stack: StackIdentity) -> list[str]:
        return [*known_passwords(stack, self._store), *texts_to_mask(stack.name, self._store)]

    def database_version(self, stack: StackIdentity, image: str) -> str | None:
        return self.containers.postgres_version(stack, image)

    def save_data(self, stack: StackIdentity, directory: Path, image: str | None) -> SavedData:
        return self._copies(stack, image).save(directory)

    def check_copy(self, versions: Mapping[str, str]) -> None:
        """Return: which versions can go on with the data of others, the images tell."""

    def restore_data(self, stack: StackIdentity, directory: Path, image: str | None) -> None:
        self._copies(stack, image).restore(directory, password_of(stack, self._store))

    def run_beside(
        self,
        stack: StackIdentity,
        image: str,
        script: str,
        environment: Mapping[str, str],
        *,
        is_connected: bool = False,
    ) -> str:
        network = self.network(stack) if is_connected else None
        return self._copies(stack, image).run_beside(script, environment, network or "none")

    def adopt_data(self, stack: StackIdentity, image: str) -> None:
        self._copies(stack, image).adopt(password_of(stack, self._store))

    def settle_data(self, stack: StackIdentity, image: str | None) -> bool:
        self._end_earlier(stack)
        self.containers.unpause(stack)
        return self._copies(stack, image).settle()

    def _copies(self, stack: StackIdentity, image: str | None) -> Copies:
        from devenv.engines.compose.copies import Copies

        return Copies(self.containers, stack, image or "")

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LogLine]:
        lines = self._compose(stack).logs(services, follow=follow, tail=tail, since=since)
        return map(to_log_line, lines)

    def log_mark(self, stack: StackIdentity, service: str) -> str:
        return self.containers.log_mark(stack, service)

    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        return self.containers.log_since(stack, service, mark)

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        container = self.containers.identifier(stack, service)
        if container is None:
            raise NotRunningError(f"{stack.name} (service {service})")
        terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
        return run_in_foreground(["docker", "exec", "--interactive", *terminal, container, *command])

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        return self.containers.output(stack, service, command)

    def internal_address(self, ports: Ports) -> str:
        return "temporal:7233"

    def http_port(self, ports: Ports, web: Web) -> int:
        return ports["http"]

    def stacks(self, owner: int) -> Mapping[str, str]:
        return self.containers.names(owner)

    def memory(self, stack: StackIdentity) -> int | None:
        return self.containers.memory(stack)

    def network(self, stack: StackIdentity) -> str | None:
        return f"{stack.name}_default"

    def _directory_of(self, stack: StackIdentity) -> Path:
        return self._store.create(stack.name)

    def _end_earlier(self, stack: StackIdentity) -> bool:
        """End what a devenv that was killed has left Compose doing; return whether there was something."""
        return ComposeRuns(self._directory_of(stack)).end_earlier()

    def _compose(self, stack: StackIdentity) -> Orchestration:
        from devenv.engines.compose.orchestration import Orchestration

        return Orchestration(stack, self._directory_of(stack))


def to_log_line(line: str) -> LogLine:
    """Take Compose's prefix off a log line: `temporal-1  | text`, after what clears a terminal's line."""
    line = CLEARED_LINES.sub("", line)
    match = LOG_PREFIX.match(line)
    return LogLine(match["service"], match["text"]) if match else LogLine("", line)
