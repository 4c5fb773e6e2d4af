"""What `up`, `start` and `status` answer, as values and as the JSON document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from devenv.seeds.wording import change_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from devenv.dynamicconfig.changes import ConfigDrift
    from devenv.engines.protocol import Service
    from devenv.project.services import Ports
    from devenv.seeds.changes import Change
    from devenv.stack.data_versions import VersionChange
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

    def to_document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "state": self.state.value,
            "retention_seconds": int(self.retention.total_seconds()),
        }


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

    def to_document(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"grpc": self.grpc, "ui": self.ui, "http": self.http, "internal": self.internal}


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
    config: Sequence[ConfigDrift] = ()
    """Dynamic config that is declared, and not what the server uses."""

    def to_document(self) -> dict[str, Any]:
        """Return the fields of the JSON document, without those that every document has."""
        return {
            "engine": self.engine,
            "state": self.state.value,
            "endpoints": self.endpoints.to_document() if self.endpoints else None,
            "network": self.network,
            "services": [_service_document(service) for service in self.services],
            "namespaces": [namespace.to_document() for namespace in self.namespaces],
            "timings": [asdict(timing) for timing in self.timings],
            "not_enforced": list(self.not_enforced),
            "drift": [
                *(change.to_document() for change in self.versions),
                *(change.to_document() for change in self.config),
                *(change_document(change) for change in self.drift),
            ],
        }


def _service_document(service: Service) -> dict[str, Any]:
    return {
        "name": service.name,
        "state": service.state,
        "health": service.health,
        "image": service.image,
        "exit_code": service.exit_code,
    }
