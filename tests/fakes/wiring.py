"""The wiring of a command line that meets fakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fakes.machine import FakeMachine, FakeServerValidator

from devenv.images.build import BuildResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.gateway import FakeGateway
    from fakes.world import World

    from devenv.events import Reporter
    from devenv.images.catalog import StandIn
    from devenv.images.store import ImageStore
    from devenv.project.addon_toml import Addon
    from devenv.project.settings import Settings
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Server


@dataclass
class FakeWiring:
    """A `Wiring` that makes everything from one world."""

    world: World
    machine: FakeMachine = field(default_factory=FakeMachine)
    validator: FakeServerValidator = field(default_factory=FakeServerValidator)
    binary: Path = Path("/bin/echo")
    servers: list[Server] = field(default_factory=list)

    def build_dependencies(self, reporter: Reporter) -> Dependencies:
        return self.world.make_dependencies(reporter)

    def build_machine(self, settings: Settings, addons: Sequence[Addon], stack: Stack) -> FakeMachine:
        return self.machine

    def build_images(
        self, store: ImageStore, stand_ins: Sequence[StandIn], reporter: Reporter, *, keep_cache: bool
    ) -> BuildResult:
        return BuildResult(built=("temporal-devenv/ui:1",), already_there=("temporal-devenv/postgres:1",))

    def server_validator(self) -> FakeServerValidator:
        return self.validator

    def connect_elsewhere(self, server: Server) -> FakeGateway:
        self.servers.append(server)
        return self.world.gateway

    def temporal_binary(self) -> Path:
        return self.binary
