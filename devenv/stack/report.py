"""Stacks as they are remembered, and what `up`, `start` and `status` answer, as values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import StackIdentity, Web
from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.engines.protocol import Engine, Service
    from devenv.project.services import Ports
    from devenv.project.state import StackRecord
    from devenv.seeds.changes import Change
    from devenv.stack.data_versions import VersionChange
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.pages import Page
    from devenv.stack.progress import Timing


class StackState(StrEnum):
    """How a stack is."""

    READY = "ready"
    STARTING = "starting"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    ABSENT = "absent"


class NamespaceState(StrEnum):
    """How a declared namespace is: proven usable, only registered, or not there."""

    USABLE = "usable"
    REGISTERED = "registered"
    MISSING = "missing"


@dataclass(frozen=True)
class NamespaceReport:
    """A declared namespace, as the server has it."""

    name: str
    state: NamespaceState
    retention: timedelta


@dataclass(frozen=True)
class Endpoints:
    """Where a stack answers clients on this machine; `internal` is the frontend for its other services."""

    ports: Ports
    internal: str
    ui_path: str = ""
    http_port: int | None = None

    @property
    def grpc(self) -> str:
        """The frontend, as `host:port`."""
        return self.ports.address("grpc")

    @property
    def ui(self) -> str:
        """The URL of the Web UI."""
        return f"http://{self.ports.address('ui')}{self.ui_path}"

    @property
    def ui_health(self) -> str:
        """The URL that the Web UI answers with 200 when it works, on both engines."""
        return f"{self.ui}/healthz"

    @property
    def http(self) -> str:
        """The URL of the HTTP API."""
        return f"http://{self.ports.host}:{self.http_port or self.ports['http']}"

    @property
    def http_health(self) -> str:
        """A URL of the HTTP API that answers 200 once whoever serves it has reached the frontend."""
        return f"{self.http}/api/v1/system-info"


@dataclass(frozen=True)
class StackReport:
    """One stack, as it is now. Fields that an absent stack cannot have are None or empty."""

    stack: str
    state: StackState
    engine: str | None = None
    endpoints: Endpoints | None = None
    network: str | None = None
    services: Sequence[Service] = ()
    namespaces: Sequence[NamespaceReport] = ()
    timings: Sequence[Timing] = ()
    not_enforced: Sequence[str] = ()
    drift: Sequence[Change] = ()
    versions: Sequence[VersionChange] = ()
    """Versions that are declared, and not those that the data was made with."""
    config: Sequence[ConfigChange] = ()
    """Dynamic config that is declared, and not what the server uses."""
    addons: Sequence[str] = ()
    pages: Sequence[Page] = ()


def identity_of(record: StackRecord) -> StackIdentity:
    """Return which stack `record` is about."""
    return StackIdentity(record.name, Path(record.project), record.owner)


def web_of(record: StackRecord) -> Web:
    """Return how its Web UI and its HTTP API are served."""
    return Web(**record.web.model_dump())


def endpoints_of(record: StackRecord, engine: Engine) -> Endpoints:
    """Return where the stack answers."""
    ports, web = record.ports, web_of(record)
    internal = engine.internal_address(ports)
    return Endpoints(ports, internal, ui_path=web.ui_path, http_port=engine.http_port(ports, web))


def stacks_on_engines(deps: Dependencies) -> dict[str, tuple[str, str]]:
    """Return the project and the engine of each stack, by name, that an engine itself can tell of."""
    found: dict[str, tuple[str, str]] = {}
    for name in ENGINES:
        with suppress(PrerequisiteError):
            told = deps.engine(name).stacks(deps.owner)
            found |= {stack: (project, name) for stack, project in told.items() if stack not in found}
    return found


def readable_records(deps: Dependencies) -> list[StackRecord]:
    """Return the records of all stacks; one that is damaged is told of, and stands in nobody else's way."""
    records = []
    for name in deps.store.names():
        try:
            record = deps.store.load(name)
        except DevenvError as error:
            warn(deps.reporter, f"{error.message}; {error.hint}")
        else:
            records += [record] if record is not None else []
    return records
