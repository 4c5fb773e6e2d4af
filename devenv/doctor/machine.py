"""This machine, as the checks see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines import ports, temporal_cli
from devenv.engines.compose.connection import connect
from devenv.engines.compose.versions import demand_compose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


class ThisMachine:
    """The real `Machine`; `local_images` says which are here, `own_ports` are held by the project's stack."""

    def __init__(
        self,
        local_images: Callable[[], str],
        temporal_binary: Path,
        holder: Callable[[int], str],
        own_ports: Collection[int],
    ) -> None:
        self._local_images = local_images
        self._temporal_binary = temporal_binary
        self._holder = holder
        self._own_ports = own_ports

    def docker_version(self) -> str:
        """Return the version of the Docker engine."""
        return str(connect().version()["Version"])

    def compose_version(self) -> str:
        """Return the version of the Compose plugin."""
        return demand_compose()

    def images(self) -> str:
        """Return which family of images is complete here."""
        return self._local_images()

    def temporal_cli(self) -> str:
        """Return the version of the Temporal CLI."""
        temporal_cli.check(self._temporal_binary)
        return temporal_cli.version(self._temporal_binary)

    def docker_memory(self) -> int:
        """Return the bytes of memory of the Docker engine's machine."""
        return int(connect().info()["MemTotal"])

    def port_holder(self, port: int) -> str | None:
        """Return who holds `port`."""
        return None if port in self._own_ports or ports.is_free(port) else self._holder(port)
