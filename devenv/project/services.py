"""The services of the stack, as one table: images, versions, variables, ports, pages.

Settings, the env file, image families, endpoints and the tables that people read are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  pydantic looks at the fields of `Ports`
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what it means if somebody asks for it

STAND_IN_PREFIX = "temporal-devenv/"
"""What the names of images begin with that are built on this machine."""

# The names of the tables of compose/versions.toml that are about versions.
ComponentName = Literal["temporal", "ui", "postgres", "opensearch", "cli"]


def variable(name: str) -> str:
    """Return what a name is among the variables of a Compose file: `read-only` is READ_ONLY."""
    return name.upper().replace("-", "_")


def port_variable(name: str) -> str:
    """Return the variable that has the number of a port."""
    return f"{variable(name)}_PORT"


@dataclass(frozen=True)
class Port:
    """A port that a service publishes on this machine; `page` is the title of the web page behind it."""

    name: str
    default: int
    title: str
    page: str | None = None


@dataclass(frozen=True)
class ServiceImage:
    """An image that services of the stack run on.

    `name` is the service's, or the tool's that several one-shots run; `version` is its table in
    compose/versions.toml, `repository` the official image, `stand_in` the name of the image built here and
    `variable` what the Compose file calls it.
    """

    name: str
    version: ComponentName
    repository: str
    stand_in: str
    variable: str

    @property
    def setting(self) -> str:
        """The setting that chooses the version."""
        return f"versions.{self.version}"


@dataclass(frozen=True)
class ServiceDefinition:
    """A service of the stack that runs as long as the stack does."""

    name: str
    title: str
    image: ServiceImage
    ports: tuple[Port, ...] = ()
    keeps_data: bool = False
    """Whether its version matters to data that another version has written."""


SERVICES = (
    ServiceDefinition(
        "postgres",
        "Postgres",
        ServiceImage("postgres", "postgres", "postgres", "postgres", "POSTGRES_IMAGE"),
        keeps_data=True,
    ),
    ServiceDefinition(
        "opensearch",
        "OpenSearch",
        ServiceImage(
            "opensearch", "opensearch", "opensearchproject/opensearch", "opensearch", "OPENSEARCH_IMAGE"
        ),
        keeps_data=True,
    ),
    ServiceDefinition(
        "temporal",
        "Temporal",
        ServiceImage("temporal", "temporal", "temporalio/server", "server", "TEMPORAL_SERVER_IMAGE"),
        ports=(Port("grpc", 7233, "gRPC API of the Temporal frontend"),),
        keeps_data=True,
    ),
    ServiceDefinition(
        "ui",
        "the Web UI",
        ServiceImage("ui", "ui", "temporalio/ui", "ui", "TEMPORAL_UI_IMAGE"),
        ports=(
            Port("ui", 8233, "Web UI", page="Web UI"),
            Port("http", 7243, "HTTP API of the Temporal frontend"),
        ),
    ),
)

# The image of the one-shots.
ADMIN_TOOLS = ServiceImage(
    "admin-tools", "temporal", "temporalio/admin-tools", "admin-tools", "TEMPORAL_ADMIN_TOOLS_IMAGE"
)

ONE_SHOTS = ("sql-schema", "visibility-index")
"""They make the schema and the index, run once and end: no services to a user."""
STACK_SERVICES = frozenset({*(service.name for service in SERVICES), *ONE_SHOTS})
"""The names of all services of the Compose file."""

IMAGES = (*(service.image for service in SERVICES), ADMIN_TOOLS)
PORTS = tuple(port for service in SERVICES for port in service.ports)
TITLES: Mapping[str, str] = {service.name: service.title for service in SERVICES}


@dataclass(frozen=True)
class Ports:
    """Where one stack is published: a number for each port by its name, on the address `bind`.

    `grpc`, `ui` and `http` are always among them.
    """

    numbers: Mapping[str, int] = field(default_factory=lambda: {port.name: port.default for port in PORTS})
    bind: str = LOOPBACK

    @classmethod
    def of(cls, *, bind: str = LOOPBACK, **numbers: int) -> Ports:
        """Return the ports of these names; as in a record, where they stand beside `bind`."""
        return cls(numbers, bind)

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    def values(self) -> Collection[int]:
        """Return the numbers alone."""
        return self.numbers.values()

    @property
    def host(self) -> str:
        """The address that clients on this machine use."""
        return LOOPBACK if self.bind == EVERY_ADDRESS else self.bind

    def address(self, name: str) -> str:
        """Return where clients on this machine reach the port `name`, as `host:port`."""
        return f"{self.host}:{self[name]}"

    def only(self, names: Collection[str]) -> Ports:
        """Return those of the ports that have one of `names`."""
        return Ports({name: port for name, port in self.numbers.items() if name in names}, self.bind)

    def moved(self, steps: int) -> Ports:
        """Return the ports that are `steps` higher."""
        return Ports({name: port + steps for name, port in self.numbers.items()}, self.bind)

    def to_document(self) -> dict[str, int | str]:
        """Return the form of records, which `of` reads."""
        return {**self.numbers, "bind": self.bind}
