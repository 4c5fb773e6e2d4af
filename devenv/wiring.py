"""Builds the real adapters: which class stands behind which Protocol.

An engine is built by its own package, which `devenv.registry` names.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from devenv.addons import ShippedAddons, module_of
from devenv.errors import PrerequisiteError
from devenv.project.builtin import addons_dir
from devenv.project.state import default_store
from devenv.stack.dependencies import Dependencies

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from devenv.doctor.checks import Machine
    from devenv.engines.compose.containers import Publisher
    from devenv.engines.compose.engine import ComposeEngine
    from devenv.engines.protocol import Engine, ServerValidator
    from devenv.events import Reporter
    from devenv.images.build import BuildResult
    from devenv.images.catalog import StandIn
    from devenv.images.store import ImageStore
    from devenv.project.access import Credentials
    from devenv.project.addon_toml import Addon
    from devenv.project.services import Ports
    from devenv.project.settings import Settings
    from devenv.project.state import StackStore
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Gateway, Guard, Server


def build_dependencies(reporter: Reporter) -> Dependencies:
    """Return adapters to this machine; each is loaded when it is first used."""
    store = default_store()
    engines = _Engines(store)
    return Dependencies(
        store=store,
        engine=engines,
        connect=_connect,
        web_problem=_web_problem,
        images=engines.images,
        ports=_MachinePorts(engines),
        shipped_addons=ShippedAddons(addons_dir(), module_of),
        reporter=reporter,
        clock=_SystemClock(),
        owner=os.getuid(),
    )


def connect_elsewhere(server: Server) -> Gateway:
    """Return a gateway to a server that is no stack of ours.

    Raises:
        InvalidInputError: What is said about it cannot be used.
    """
    from devenv.temporal.elsewhere import connect
    from devenv.temporal.gateway import ServerGateway

    return ServerGateway(connect(server))


def temporal_binary() -> Path:
    """Return where the Temporal CLI should be; who runs it checks that it is there."""
    from devenv.engines.host.temporal_cli import chosen

    return chosen()


def server_validator() -> ServerValidator:
    """Return what asks a server about dynamic config files; the Docker engine must answer."""
    from devenv.engines.docker.server_validator import DockerServerValidator

    return DockerServerValidator()


class _Engines:
    """The engines by name, each made once and when it is first asked for."""

    def __init__(self, store: StackStore) -> None:
        self._store = store
        self._made: dict[str, Engine] = {}

    def __call__(self, name: str) -> Engine:
        from devenv.engines.packages import package_of

        if name not in self._made:
            self._made[name] = package_of(name).make_engine(self._store)
        return self._made[name]

    @property
    def compose(self) -> ComposeEngine:
        """The engine that knows what is on the Docker engine of this machine."""
        return cast("ComposeEngine", self("compose"))

    def images(self) -> ImageStore:
        """Return the images of that Docker engine."""
        from devenv.engines.docker.images import DockerImages

        return DockerImages(self.compose.containers.client)


def _connect(address: str, guard: Guard, shows: Credentials) -> Gateway:
    from devenv.temporal.gateway import ServerGateway
    from devenv.temporal.protocol import TlsFiles

    tls = None
    if shows.tls is not None:
        certificate, key = (Path(each) if each else None for each in (shows.tls.certificate, shows.tls.key))
        tls = TlsFiles(Path(shows.tls.authority), certificate, key)
    return ServerGateway.at(address, guard, tls, shows.api_key)


def _web_problem(url: str, shows: Credentials) -> str | None:
    from devenv.engines.host.web import web_problem

    return web_problem(url, shows)


class _MachinePorts:
    """`PortBook` of this machine: processes, and containers where a Docker engine answers."""

    def __init__(self, engines: _Engines) -> None:
        self._engines = engines

    def is_free(self, port: int) -> bool:
        from devenv.engines.host import ports

        return ports.is_free(port)

    def has_address(self, address: str) -> bool:
        from devenv.engines.host import ports

        return ports.has_address(address)

    def holder(self, port: int) -> str:
        from devenv.engines.host import ports

        container = self._publisher(port)
        if container is not None:
            return container.describe()
        return ports.process_holding(port) or "somebody who has just let go of it"

    def is_held_by_stack(self, port: int) -> bool:
        container = self._publisher(port)
        return container is not None and container.stack is not None

    def _publisher(self, port: int) -> Publisher | None:
        try:
            return self._engines.compose.containers.publishing(port)
        except PrerequisiteError:
            return None

    def next_free(self, start: Ports, taken: Collection[int]) -> Ports:
        from devenv.engines.host import ports

        return ports.next_free(start, taken)


class _SystemClock:
    """`Clock` of this machine."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def build_images(
    store: ImageStore, stand_ins: Sequence[StandIn], reporter: Reporter, *, keep_cache: bool
) -> BuildResult:
    """Build those of `stand_ins` that `store` lacks.

    Raises:
        DevenvError: As `ImageBuilder.build`.
    """
    from devenv.images.build import ImageBuilder, host_ca_bundle

    builder = ImageBuilder(store, reporter, ca_bundle=host_ca_bundle(os.environ))
    return builder.build(stand_ins, keep_cache=keep_cache)


def build_machine(settings: Settings, addons: Sequence[Addon], stack: Stack) -> Machine:
    """Return what the doctor examines."""
    from devenv.doctor.machine import ThisMachine

    def local_images() -> str:
        from devenv.images.catalog import addon_images
        from devenv.images.choice import check_platform, local_family
        from devenv.images.pull import ensure_addon_images

        store = stack.deps.images()
        family = local_family(settings.stack_versions, store)
        check_platform(family, store, os.environ)
        ensure_addon_images(addon_images(addons, family), store, stack.deps.reporter, offline=True)
        return f"{family.kind} images are local"

    record = stack.record
    own = record.ports if record else None
    return ThisMachine(local_images, temporal_binary(), stack.deps.ports.holder, own)
