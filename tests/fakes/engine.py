"""Stand-ins for everything outside the process, typed by the Protocols that the real adapters satisfy.

The server's is in `fakes.gateway`.

`world.World` has one of each, and the `Dependencies` made of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fakes.compose_reader import FakeComposeReader
from fakes.launch import FakeLaunch

from devenv.engines.compose.files import write_compose_files
from devenv.engines.compose.overlays import review_overlays
from devenv.engines.compose.password import (
    explain_refusal,
    forget_password,
    known_passwords,
    password_of,
    restore_password,
    was_on_compose,
)
from devenv.engines.copying import SavedData
from devenv.engines.log_lines import line_time
from devenv.engines.packages import traits_of
from devenv.engines.protocol import LogLine, Service, StackIdentity, Web
from devenv.errors import NotRunningError
from devenv.events import StepEvent, WarningEvent
from devenv.images.catalog import official_family
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from fakes.config_server import FakeServers

    from devenv.engines.compose.overlays import ComposeSources
    from devenv.engines.protocol import EngineTraits, LaunchSpec
    from devenv.errors import DevenvError
    from devenv.events import Event, Reporter
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.services import Ports
    from devenv.project.state import StackStore

EPOCH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

SERVICES = {
    "compose": ("opensearch", "postgres", "temporal", "ui"),
    "embedded": ("temporal",),
}


@dataclass
class RecordingReporter:
    """A `Reporter` that keeps every event."""

    events: list[Event] = field(default_factory=list)

    def report(self, event: Event) -> None:
        self.events.append(event)

    def steps(self) -> list[tuple[str, str]]:
        """Return step and status of every step event."""
        return [(event.step, event.status.value) for event in self.events if isinstance(event, StepEvent)]

    def warnings(self) -> list[str]:
        """Return every warning."""
        return [event.message for event in self.events if isinstance(event, WarningEvent)]

    def messages(self, step: str) -> list[str]:
        """Return what was said about `step`."""
        return [event.message for event in self.events if isinstance(event, StepEvent) and event.step == step]


@dataclass
class FakeClock:
    """A `Clock` that sleeps at once; `plan` holds what happens when a time is reached."""

    seconds: float = 0.0
    plan: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        due = [item for item in self.plan if item[0] <= self.seconds]
        for item in due:
            self.plan.remove(item)
            item[1]()

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Have `action` happen when somebody sleeps past `seconds`."""
        self.plan.append((seconds, action))


@dataclass
class FakeEngine:
    """An `Engine` in memory. `away` is raised by whatever has to ask it, `unable` where something is to
    start; `calls` is what was changed.

    A launch brings every service up at once; with `launch_failure` it fails when it is looked at, as the next
    ones do with what `failing_launches` return. What starts has an image of `versions`. Services of
    `crashing` end as soon as they are started.
    With a `store` it writes and reads the files of Compose there, as the real engine does; `reader` stands
    for Compose, which reads overlays.
    Of its ports a stack that runs holds all but the `lost_ports`. `replaces_until` says when a launch has
    replaced what runs; `ended` counts the launches that were ended.
    `contents` is the data of each stack; to copy it fails with `copy_failure`, to replace it by what is
    recovered with `adopt_failure`, and `unfit_copy` says that a copy cannot be used here. With `is_restored`
    an interrupted restore was so far that it is finished. `beside` has the image and the variables of each
    script that was run beside the data.
    """

    name: str = "compose"
    store: StackStore | None = None
    reader: Callable[[ComposeSources], Mapping[str, Any]] = field(default_factory=FakeComposeReader)
    publishing_s: float = 1.0
    away: DevenvError | KeyboardInterrupt | None = None
    unable: DevenvError | None = None
    launch_failure: DevenvError | None = None
    failing_launches: list[Callable[[], DevenvError]] = field(default_factory=list)
    replaces_until: Callable[[], bool] = lambda: True
    ended: int = 0
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    remove_failure: DevenvError | None = None
    crashing: set[str] = field(default_factory=set)
    logs_failure: DevenvError | None = None
    log: list[LogLine] = field(default_factory=list)
    servers: FakeServers | None = None
    running: dict[str, dict[str, Service]] = field(default_factory=dict)
    data: set[str] = field(default_factory=set)
    versions: Mapping[str, str] | None = None
    made_by: str | None = None
    labelled: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    specs: list[LaunchSpec] = field(default_factory=list)
    executed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    output_failure: DevenvError | None = None
    exit_code: int = 0
    starts: int = 0
    contents: dict[str, str] = field(default_factory=dict)
    copy_failure: DevenvError | None = None
    adopt_failure: BaseException | None = None
    beside: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    unfit_copy: DevenvError | None = None
    is_restored: bool = False
    lost_ports: set[int] = field(default_factory=set)
    reserved: set[int] = field(default_factory=set)
    elsewhere: str | None = None
    memory_per_service: int = 2**28
    when_launched: Callable[[], None] | None = None

    @property
    def traits(self) -> EngineTraits:
        return traits_of(self.name)

    def check_prerequisites(self) -> None:
        self._demand_presence()
        if self.unable is not None:
            raise self.unable

    def check_data(self, stack: StackIdentity, reporter: Reporter) -> None:
        if self.store is not None:
            restore_password(stack, self, self.store, reporter)

    def review_overlays(
        self, spec: LaunchSpec, known: ReviewedOverlays | None = None
    ) -> ReviewedOverlays | None:
        if self.store is None or not (spec.overlays or spec.addons):
            return None
        return review_overlays(spec, self.store, self.reader, known=known.resolution if known else None)

    def prepare(self, spec: LaunchSpec, reviewed: ReviewedOverlays | None) -> str:
        if self.store is not None:
            return write_compose_files(spec, self.store, reviewed)
        return repr((spec.ports, spec.web, sorted(spec.settings.items())))

    def explain(self, error: DevenvError, stack: StackIdentity) -> DevenvError:
        return error if self.store is None else explain_refusal(error, stack, self.store)

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> FakeLaunch:
        self._demand_presence()
        self.calls.append("launch")
        self.specs.append(spec)
        added = [name for addon in spec.addons for name in addon.added_services]
        self.bring_up(spec.stack.name, [*SERVICES[self.name], *added])
        if self.when_launched is not None:
            self.when_launched()
        failure = self.failing_launches.pop(0)() if self.failing_launches else self.launch_failure
        return FakeLaunch(failure, self.replaces_until, self._note_end)

    def _note_end(self) -> None:
        self.ended += 1

    def services(self, stack: StackIdentity) -> list[Service]:
        self._demand_presence()
        return list(self.running.get(stack.name, {}).values())

    def held_ports(self, stack: StackIdentity, ports: Collection[int]) -> frozenset[int]:
        self._demand_presence()
        is_running = any(service.is_running for service in self.running.get(stack.name, {}).values())
        return frozenset(ports) - self.lost_ports if is_running else frozenset()

    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:
        self._demand_presence()
        return frozenset(self.reserved)

    def other_state(self, stack: StackIdentity) -> str | None:
        self._demand_presence()
        return self.elsewhere

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        self.calls.append(" ".join(["stop", *services]))
        for name in services or SERVICES[self.name]:
            self.put(stack.name, name, "exited", exit_code=0)

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        self.calls.append(" ".join(["start", *services]))
        self.specs.append(spec)
        self.bring_up(spec.stack.name, services)

    def resume(self, stack: StackIdentity) -> list[str]:
        self._demand_presence()
        paused = [service.name for service in self.services(stack) if service.is_paused]
        for name in paused:
            self.put(stack.name, name, "running")
        return paused

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        self._demand_presence()
        self.calls.append("remove with volumes" if volumes else "remove")
        if self.remove_failure is not None:
            raise self.remove_failure
        self.running.pop(stack.name, None)
        if volumes:
            self.data.discard(stack.name)
            if self.store is not None:
                forget_password(stack, self.store)

    def environment(self, stack: StackIdentity, service: str) -> Mapping[str, str]:
        self._demand_presence()
        return self.environments.get(f"{stack.name}/{service}", {})

    def has_data(self, stack: StackIdentity) -> bool:
        self._demand_presence()
        return stack.name in self.data

    def had_data(self, stack: StackIdentity) -> bool:
        return stack.name in self.data if self.store is None else was_on_compose(stack, self.store)

    def secrets(self, stack: StackIdentity) -> list[str]:
        return [] if self.store is None else known_passwords(stack, self.store)

    def database_version(self, stack: StackIdentity, image: str) -> str | None:
        return self.made_by

    def save_data(self, stack: StackIdentity, directory: Path, image: str | None) -> SavedData:
        self._demand_presence()
        self.calls.append("save")
        (directory / "data").write_text(self.contents.get(stack.name, ""))
        if self.copy_failure is not None:
            raise self.copy_failure
        return SavedData({"cli": "1.9.1"} if self.name == "embedded" else {}, 1.5)

    def check_copy(self, versions: Mapping[str, str]) -> None:
        if self.unfit_copy is not None:
            raise self.unfit_copy

    def restore_data(self, stack: StackIdentity, directory: Path, image: str | None) -> None:
        self.calls.append("restore")
        if self.copy_failure is not None:
            raise self.copy_failure
        self.data.add(stack.name)
        if self.store is not None:
            password_of(stack, self.store)
        self.contents[stack.name] = (directory / "data").read_text()

    def run_beside(
        self,
        stack: StackIdentity,
        image: str,
        script: str,
        environment: Mapping[str, str],
        *,
        is_connected: bool = False,
    ) -> str:
        self._demand_presence()
        self.calls.append("run beside")
        self.beside.append((image, dict(environment)))
        if self.copy_failure is not None:
            raise self.copy_failure
        return self.answers.get("beside", "")

    def adopt_data(self, stack: StackIdentity, image: str) -> None:
        self.calls.append("adopt")
        if self.adopt_failure is not None:
            raise self.adopt_failure
        self.contents[stack.name] = "recovered"

    def settle_data(self, stack: StackIdentity, image: str | None) -> bool:
        self._demand_presence()
        self.calls.append("settle")
        return self.is_restored

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LogLine]:
        if self.logs_failure is not None:
            raise self.logs_failure
        wanted = [line for line in self.log if not services or line.service in services]
        if since is not None:
            wanted = [line for line in wanted if (line_time(line.text) or since) >= since]
        yield from wanted if tail is None else wanted[len(wanted) - tail :]
        if follow:
            raise KeyboardInterrupt

    def log_mark(self, stack: StackIdentity, service: str) -> str:
        self._demand_presence()
        return str(len(self._server_log(stack)))

    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        self._demand_presence()
        return self._server_log(stack)[int(mark or 0) :]

    def _server_log(self, stack: StackIdentity) -> list[str]:
        return self.servers.of(stack.name).log if self.servers is not None else []

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        self.executed.append((service, tuple(command)))
        return self.exit_code

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        self.executed.append((service, tuple(command)))
        if self.output_failure is not None:
            raise self.output_failure
        for asked in (f"{service} {command[0]}", service):
            if asked in self.answers:
                return self.answers[asked]
        raise NotRunningError(f"{stack.name} (service {service})")

    def internal_address(self, ports: Ports) -> str:
        return "temporal:7233" if self.name == "compose" else ports.address("grpc")

    def http_port(self, ports: Ports, web: Web) -> int:
        return ports["http"] if web.has_open_api or self.name == "compose" else ports["ui"]

    def stacks(self, owner: int) -> Mapping[str, str]:
        self._demand_presence()
        return self.labelled

    def memory(self, stack: StackIdentity) -> int | None:
        self._demand_presence()
        return self.memory_per_service * sum(service.is_running for service in self.services(stack))

    def network(self, stack: StackIdentity) -> str | None:
        return f"{stack.name}_default" if self.name == "compose" else None

    def bring_up(self, stack: str, services: Sequence[str] = ()) -> None:
        """Have services run; those that run already are the same afterwards."""
        self.data.add(stack)
        for name in services or SERVICES[self.name]:
            known = self.running.get(stack, {}).get(name)
            if known is None or not known.is_running:
                self.put(stack, name)
            if name in self.crashing:
                self.put(stack, name, "exited", exit_code=1)

    def _image(self, service: str) -> str | None:
        if self.name == "embedded":
            return None
        versions = self.versions if self.versions is not None else Settings().stack_versions
        return official_family(versions).refs.get(service, f"{service}:1")

    def put(
        self,
        stack: str,
        name: str,
        state: str = "running",
        *,
        health: str | None = None,
        exit_code: int = 0,
        activity: str = "",
    ) -> None:
        """Make a service be in `state`; one that runs has been started now."""
        self.starts += 1
        is_running = state == "running"
        self.running.setdefault(stack, {})[name] = Service(
            name=name,
            state=state,
            health=(health or "healthy") if is_running and self.name == "compose" else None,
            image=self._image(name),
            exit_code=None if is_running else exit_code,
            started_at=EPOCH + timedelta(seconds=self.starts),
            activity=activity,
        )
        if name == "temporal" and self.servers is not None:
            server = self.servers.of(stack)
            server.start() if is_running else server.stop()

    def _demand_presence(self) -> None:
        if self.away is not None:
            raise self.away
