"""A third engine, whose stacks are entries of a dictionary: what a new engine is, in one package.

`devenv.registry.ENGINES["memory"] = "fakes.memory_engine"` is all it takes to run stacks on it.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.engines.copying import SavedData
from devenv.engines.host.programs import run_for_output
from devenv.engines.protocol import EngineTraits, LogLine, Service
from devenv.errors import PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.engines.protocol import LaunchSpec, StackIdentity, Web
    from devenv.errors import DevenvError
    from devenv.events import Reporter
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.services import Ports
    from devenv.project.state import StackStore

TRAITS = EngineTraits(
    data_place="the memory of this process",
    lacks="everything that outlives the process",
    config_delivery="launch",
    enforces_constraints=False,
    visibility="sqlite",
)
SERVICES = ("temporal", "ui")
VERSION = "1"


def make_engine(store: StackStore) -> MemoryEngine:
    """Return the engine."""
    return MemoryEngine()


@dataclass
class MemoryStack:
    """One stack: `spec` is what it was launched with, `kept` says that it has data."""

    spec: LaunchSpec
    services: dict[str, Service] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)

    def run(self, names: Sequence[str]) -> None:
        """Have services run; those that run already are the same afterwards."""
        for name in names:
            if name not in self.services or not self.services[name].is_running:
                self.services[name] = Service(name, "running", started_at=datetime.now(UTC))
                self.log.append(LogLine(name, "started"))

    def end(self, names: Sequence[str]) -> None:
        """Have services end well."""
        for name in names:
            self.services[name] = replace(self.services[name], state="exited", exit_code=0)
            self.log.append(LogLine(name, "stopped"))


class MemoryLaunch:
    """A launch that is over when it begins."""

    def check(self) -> None: ...

    def replacing(self) -> list[str]:
        return []

    def wait(self) -> None: ...

    def end(self) -> None: ...


class MemoryEngine:
    """Stacks in memory; `data` has that of those that were launched and not removed with their volumes."""

    name = "memory"
    traits = TRAITS
    publishing_s = 0.0

    def __init__(self) -> None:
        self._stacks: dict[str, MemoryStack] = {}
        self._data: dict[str, str] = {}

    def check_prerequisites(self) -> None: ...

    def check_data(self, stack: StackIdentity, reporter: Reporter) -> None: ...

    def review_overlays(self, spec: LaunchSpec, known: ReviewedOverlays | None = None) -> None: ...

    def prepare(self, spec: LaunchSpec, reviewed: ReviewedOverlays | None) -> str:
        return repr((spec.ports, spec.web, sorted(spec.settings.items())))

    def explain(self, error: DevenvError, stack: StackIdentity) -> DevenvError:
        return error

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> MemoryLaunch:
        running = self._stacks.get(spec.stack.name)
        if running is None or running.spec != spec:
            self._stacks[spec.stack.name] = running = MemoryStack(spec)
        running.run(SERVICES)
        self._data.setdefault(spec.stack.name, f"made by {spec.stack.name}")
        return MemoryLaunch()

    def services(self, stack: StackIdentity) -> list[Service]:
        known = self._stacks.get(stack.name)
        return list(known.services.values()) if known else []

    def held_ports(self, stack: StackIdentity, ports: Collection[int]) -> frozenset[int]:
        if not any(service.is_running for service in self.services(stack)):
            return frozenset()
        return frozenset(ports) & frozenset(self._stacks[stack.name].spec.ports.values())

    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:
        return frozenset()

    def other_state(self, stack: StackIdentity) -> None: ...

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        if stack.name in self._stacks:
            self._stacks[stack.name].end(services or SERVICES)

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        self._stacks[spec.stack.name].run(services or SERVICES)

    def resume(self, stack: StackIdentity) -> list[str]:
        return []

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        self._stacks.pop(stack.name, None)
        if volumes:
            self._data.pop(stack.name, None)

    def has_data(self, stack: StackIdentity) -> bool:
        return stack.name in self._data

    def had_data(self, stack: StackIdentity) -> bool:
        return self.has_data(stack)

    def secrets(self, stack: StackIdentity) -> list[str]:
        return []

    def database_version(self, stack: StackIdentity, image: str) -> None: ...

    def save_data(self, stack: StackIdentity, directory: Path, image: str | None) -> SavedData:
        (directory / "memory").write_text(self._data[stack.name])
        return SavedData({"memory": VERSION})

    def check_copy(self, versions: Mapping[str, str]) -> None:
        if versions.get("memory") != VERSION:
            raise PrerequisiteError("Another memory has made the snapshot", hint="use that one")

    def restore_data(self, stack: StackIdentity, directory: Path, image: str | None) -> None:
        self._data[stack.name] = (directory / "memory").read_text()

    def run_beside(
        self,
        stack: StackIdentity,
        image: str,
        script: str,
        environment: Mapping[str, str],
        *,
        is_connected: bool = False,
    ) -> str:
        raise PrerequisiteError("Memory runs no images", hint="use another engine")

    def adopt_data(self, stack: StackIdentity, image: str) -> None:
        raise PrerequisiteError("Memory runs no images", hint="use another engine")

    def settle_data(self, stack: StackIdentity, image: str | None) -> bool:
        return False

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LogLine]:
        known = self._stacks.get(stack.name)
        for name in services or SERVICES:
            lines = [line for line in known.log if line.service == name] if known else []
            yield from lines[len(lines) - tail if tail is not None else 0 :]

    def log_mark(self, stack: StackIdentity, service: str) -> str:
        return str(len(list(self.logs(stack, [service]))))

    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        return [line.text for line in self.logs(stack, [service])][int(mark or 0) :]

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        return subprocess.run(command, check=False).returncode

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        return run_for_output(command)

    def internal_address(self, ports: Ports) -> str:
        return ports.address("grpc")

    def http_port(self, ports: Ports, web: Web) -> int:
        return ports["http"]

    def stacks(self, owner: int) -> Mapping[str, str]:
        identities = [known.spec.stack for known in self._stacks.values()]
        return {each.name: str(each.project) for each in identities if each.owner == owner}

    def memory(self, stack: StackIdentity) -> int:
        return sum(service.is_running for service in self.services(stack))

    def network(self, stack: StackIdentity) -> None: ...
