"""A machine made of fakes, and what may be declared and remembered on it. Files are real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from fakes.compose_reader import FakeComposeReader
from fakes.config_server import FakeServer, FakeServers
from fakes.engine import EPOCH, FakeClock, FakeEngine, RecordingReporter
from fakes.gateway import FakeGateway
from fakes.images import FakeImages
from fakes.machine import FakePorts

from devenv.addons import ShippedAddons
from devenv.dynamicconfig.model import DynamicConfig
from devenv.engines.packages import package_of
from devenv.engines.protocol import StackIdentity
from devenv.errors import DockerUnreachableError
from devenv.project.services import Ports
from devenv.project.settings import Settings
from devenv.project.state import StackRecord, StackStore
from devenv.seeds.load import parse_seeds
from devenv.stack.dependencies import Dependencies
from devenv.stack.desired import CheckedConfig, Desired
from devenv.stack.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.addons import AddonModule
    from devenv.engines.protocol import Engine
    from devenv.events import Reporter
    from devenv.images.catalog import Kind
    from devenv.project.access import Credentials
    from devenv.project.state import Proof
    from devenv.temporal.protocol import Guard

USUAL_PORTS = Ports.of(grpc=7233, ui=8233, http=7243)
ORDERS = {"namespaces": [{"name": "orders", "retention": "3d"}]}


class World:
    """One of each fake, and `deps`, which hands them out; the store is a real one below `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = StackStore(directory / "stacks")
        self.compose_reader = FakeComposeReader()
        self.compose = FakeEngine(store=self.store, reader=self.compose_reader)
        self.embedded = FakeEngine("embedded")
        self.others: dict[str, Engine] = {}
        self.gateway = FakeGateway()
        self.images = FakeImages()
        self.ports = FakePorts()
        self.clock = FakeClock()
        self.compose.servers = FakeServers(self.clock, self.store)
        self.reporter = RecordingReporter()
        self.web_problems: list[str] = []
        self.shipped = directory / "devenv" / "compose" / "addons"
        self.addon_modules: dict[str, AddonModule] = {}
        self.deps = self.make_dependencies(self.reporter)

    def make_dependencies(self, reporter: Reporter) -> Dependencies:
        """Return everything outside the process as this world has it, reporting to `reporter`."""
        return Dependencies(
            store=self.store,
            engine=self._engine,
            connect=self._connect,
            web_problem=lambda _url, _shown: self.web_problems.pop(0) if self.web_problems else None,
            images=lambda: self.images,
            ports=self.ports,
            shipped_addons=ShippedAddons(self.shipped, self.addon_modules.get),
            reporter=reporter,
            clock=self.clock,
            owner=1000,
        )

    def without_docker(self) -> Self:
        """Have no Docker engine answer."""
        self.compose.away = DockerUnreachableError(["no such file"])
        return self

    @property
    def server(self) -> FakeServer:
        """The server of the stack `shop` on Compose."""
        assert self.compose.servers is not None
        return self.compose.servers.of("shop")

    def stack(self, name: str = "shop") -> Stack:
        """Return a stack whose project directory exists."""
        project = self.directory / "projects" / name
        project.mkdir(parents=True, exist_ok=True)
        return Stack(StackIdentity(name, project, 1000), self.deps)

    def _engine(self, name: str) -> Engine:
        fakes = {engine.name: engine for engine in (self.compose, self.embedded)}
        if name not in fakes and name not in self.others:
            self.others[name] = package_of(name).make_engine(self.store)
        return fakes.get(name) or self.others[name]

    def _connect(self, address: str, guard: Guard, shows: Credentials) -> FakeGateway:
        self.gateway.addresses.append(address)
        self.gateway.tls = shows.tls
        self.gateway.guard = guard
        return self.gateway


def make_record(
    name: str = "shop",
    engine: Literal["compose", "embedded"] = "compose",
    ports: Ports = USUAL_PORTS,
    *,
    project: Path | str = "/projects/shop",
    image_family: Kind | None = None,
    proof: Proof | None = None,
) -> StackRecord:
    """Return what is remembered of a stack."""
    return StackRecord(
        name=name,
        project=str(project),
        owner=1000,
        engine=engine,
        ports=ports,
        image_family=image_family,
        versions={},
        created_at=EPOCH,
        proof=proof,
    )


def make_desired(
    seeds: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    dynamic_config: DynamicConfig | None = None,
    overlays: tuple[Path, ...] = (),
) -> Desired:
    """Return a declared state; without a word about seeds it is one namespace `orders`."""
    declared = Settings.model_validate(settings or {})
    compose = declared.compose.model_copy(update={"overlays": overlays})
    parsed = parse_seeds(seeds or ORDERS)
    config = CheckedConfig(dynamic_config or DynamicConfig())
    return Desired(declared.model_copy(update={"compose": compose}), lambda: parsed, lambda: config)
