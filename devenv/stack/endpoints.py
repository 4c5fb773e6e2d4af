"""Where a stack answers: the addresses and URLs of its services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.engines.protocol import Web
from devenv.project.access import Access

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.project.services import Ports
    from devenv.project.state import StackRecord


@dataclass(frozen=True)
class Endpoints:
    """Where a stack answers clients on this machine; `internal` is the frontend for its other services.

    `access` is what clients need to be answered.
    """

    ports: Ports
    internal: str
    ui_path: str = ""
    http_port: int | None = None
    access: Access = field(default_factory=Access)

    @property
    def grpc(self) -> str:
        """The frontend, as `host:port`."""
        return self.ports.address("grpc")

    @property
    def ui(self) -> str:
        """The URL of the Web UI."""
        return f"{scheme_of(self.access)}://{self.ports.address('ui')}{self.ui_path}"

    @property
    def ui_health(self) -> str:
        """The URL that the Web UI answers with 200 when it works, on both engines."""
        return f"{self.ui}/healthz"

    @property
    def http(self) -> str:
        """The URL of the HTTP API."""
        return f"{scheme_of(self.access)}://{self.ports.host}:{self.http_port or self.ports['http']}"

    @property
    def http_health(self) -> str:
        """A URL of the HTTP API that answers 200 once whoever serves it has reached the frontend."""
        return f"{self.http}/api/v1/system-info"


def endpoints_of(record: StackRecord, engine: Engine) -> Endpoints:
    """Return where the stack answers."""
    ports, web = record.ports, web_of(record)
    internal = engine.internal_address(ports)
    return Endpoints(ports, internal, web.ui_path, engine.http_port(ports, web), record.access)


def scheme_of(access: Access) -> str:
    """Return how the URLs of the stack's own services begin; those of add-ons are theirs."""
    return "https" if access.tls else "http"


def web_of(record: StackRecord) -> Web:
    """Return how its Web UI and its HTTP API are served."""
    return Web(**record.web.model_dump())
