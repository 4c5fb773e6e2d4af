"""What the commands of one process share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from devenv.cli.options import GlobalOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devenv.doctor.checks import Machine
    from devenv.engines.protocol import ServerValidator
    from devenv.events import Reporter
    from devenv.images.build import BuildResult
    from devenv.images.store import ImageStore
    from devenv.project.addons import Addon
    from devenv.project.settings import Settings
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Gateway
    from devenv.temporal.server import Server


class Wiring(Protocol):
    """Makes the adapters that commands ask for; the module `devenv.wiring` makes the real ones."""

    def build_dependencies(self, reporter: Reporter) -> Dependencies:
        """Return adapters to everything that an operation on a stack touches."""

    def build_machine(self, settings: Settings, addons: Sequence[Addon], stack: Stack) -> Machine:
        """Return what the doctor examines."""

    def image_store(self) -> ImageStore:
        """Return the place where images are."""

    def build_images(
        self, versions: Mapping[str, str], addons: Sequence[Addon], reporter: Reporter, *, keep_cache: bool
    ) -> BuildResult:
        """Build the stand-ins of `versions` and `addons` that are missing."""

    def server_validator(self) -> ServerValidator:
        """Return what asks a server about dynamic config files."""

    def connect_elsewhere(self, server: Server) -> Gateway:
        """Return a gateway to a server that is no stack of ours."""

    def temporal_binary(self) -> Path:
        """Return where the Temporal CLI should be."""


@dataclass(frozen=True)
class Session:
    """The global options given so far, and what makes the adapters; None stands for the real ones."""

    options: GlobalOptions = field(default_factory=GlobalOptions)
    wiring: Wiring | None = None
