"""This machine, as the checks see it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from devenv.engines.docker.connection import connect
from devenv.engines.docker.versions import check_compose
from devenv.engines.host import ports, temporal_cli
from devenv.project import cli_presets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devenv.project.services import Ports


class ThisMachine:
    """The real `Machine`; `local_images` says which are here, `own_ports` are held by the project's stack."""

    def __init__(
        self,
        local_images: Callable[[], str],
        temporal_binary: Path,
        holder: Callable[[int], str],
        own_ports: Ports | None,
    ) -> None:
        self._local_images = local_images
        self._temporal_binary = temporal_binary
        self._holder = holder
        self._own_ports = frozenset(own_ports.values() if own_ports else ())
        self._own_address = own_ports.address("grpc") if own_ports else None

    def docker_version(self) -> str:
        """Return the version of the Docker engine."""
        return str(connect().version()["Version"])

    def compose_version(self) -> str:
        """Return the version of the Compose plugin."""
        return check_compose()

    def images(self) -> str:
        """Return which family of images is complete here."""
        return self._local_images()

    def temporal_cli(self) -> str:
        """Return the version of the Temporal CLI."""
        temporal_cli.check(self._temporal_binary)
        return temporal_cli.version(self._temporal_binary)

    def temporal_presets(self) -> tuple[str, str] | None:
        """Return what the presets of the Temporal CLI do, and what helps."""
        presets = cli_presets.read_presets(os.environ)
        effect = presets.effect(self._own_address) if presets else None
        return (effect, cli_presets.HINT) if effect else None

    def docker_memory(self) -> int:
        """Return the bytes of memory of the Docker engine's machine."""
        return int(connect().info()["MemTotal"])

    def port_holder(self, port: int) -> str | None:
        """Return who holds `port`."""
        return None if port in self._own_ports or ports.is_free(port) else self._holder(port)
