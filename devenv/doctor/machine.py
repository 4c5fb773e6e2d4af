"""This machine, as the checks see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines import ports, temporal_cli
from devenv.engines.compose.connection import connect, demand_compose
from devenv.errors import ImageUnavailableError
from devenv.images.ensure import look_around

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from devenv.images.store import ImageStore
    from devenv.project.settings import Versions


class ThisMachine:
    """The real `Machine`; `own_ports` are held by the project's own stack."""

    def __init__(
        self,
        versions: Versions,
        image_store: Callable[[], ImageStore],
        temporal_binary: Path,
        holder: Callable[[int], str],
        own_ports: Collection[int],
    ) -> None:
        self._versions = versions
        self._image_store = image_store
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
        """Return which family of images is complete here.

        Raises:
            ImageUnavailableError: None is.
        """
        found = look_around(self._versions, self._image_store())
        for family in (found.official, found.stand_ins):
            if found.is_complete(family):
                return f"{family.kind} images are local"
        missing = found.official.missing(found.present)
        raise ImageUnavailableError(missing[0].ref, setting=missing[0].setting)

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
