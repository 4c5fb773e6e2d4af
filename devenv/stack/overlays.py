"""The project's own Compose files: what they may not ask for, and which services they add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.errors import OverlayInvalidError
from devenv.project.documents import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devenv.project.documents import Document

# Each hands the host to whatever runs in the container; the second kind if its value is "host".
HOST_OPTIONS = ("privileged", "devices")
HOST_NAMESPACES = ("pid", "ipc", "network_mode", "userns_mode", "cgroup")


@dataclass(frozen=True)
class Overlay:
    """A Compose file of the project, and the names it adds to the stack."""

    path: Path
    services: tuple[str, ...]
    volumes: tuple[str, ...]
    networks: tuple[str, ...]


def load_overlays(root: Path, paths: Sequence[Path]) -> tuple[Overlay, ...]:
    """Read the overlays, which `paths` names relative to the project's `root`.

    Raises:
        OverlayInvalidError: One is missing, is no Compose file, or reaches out of the project.
    """
    return tuple(_load(root, (root / path).resolve()) for path in paths)


def _load(root: Path, path: Path) -> Overlay:
    if not path.is_relative_to(root):
        raise OverlayInvalidError("the overlay lies outside the project", place=path)
    document = read_yaml(path, OverlayInvalidError)
    if not isinstance(document.data, dict):
        raise OverlayInvalidError(
            "a Compose file holds services, volumes or networks", place=document.place(())
        )
    for name, service in _section(document, "services").items():
        if isinstance(service, dict):
            _check_service(root, document, name, service)
    return Overlay(path, *(_own_names(document, section) for section in ("services", "volumes", "networks")))


def _own_names(document: Document, section: str) -> tuple[str, ...]:
    """Return the names in `section`, without what exists outside the stack and cannot be labelled."""
    items = _section(document, section).items()
    return tuple(name for name, item in items if not (isinstance(item, dict) and item.get("external")))


def _section(document: Document, name: str) -> dict[str, Any]:
    section = document.data.get(name) or {}
    if not isinstance(section, dict):
        raise OverlayInvalidError(f"{name} must map names to settings", place=document.place((name,)))
    return section


def _check_service(root: Path, document: Document, name: str, service: dict[str, Any]) -> None:
    powers = [option for option in HOST_OPTIONS if service.get(option)]
    powers += [option for option in HOST_NAMESPACES if service.get(option) == "host"]
    for option in powers:
        place = document.place(("services", name, option))
        raise OverlayInvalidError(f"{option} gives the service {name} power over the host", place=place)
    for index, source in enumerate(_mount_sources(service)):
        if source is not None and not _lies_inside(root, source):
            place = document.place(("services", name, "volumes", index))
            raise OverlayInvalidError(f"the mount of {source} reaches out of the project", place=place)


def _mount_sources(service: dict[str, Any]) -> Iterator[str | None]:
    """Yield the host path of each mount, None for a named volume."""
    for mount in service.get("volumes") or ():
        if isinstance(mount, dict):
            yield str(mount.get("source")) if mount.get("type") == "bind" else None
        else:
            source = str(mount).partition(":")[0]
            yield source if source.startswith((".", "/", "~", "$")) else None


def _lies_inside(root: Path, source: str) -> bool:
    # A variable or a home directory is unknown until Compose expands it, so it cannot be let through.
    if source.startswith(("~", "$")) or "$" in source:
        return False
    return (root / source).resolve().is_relative_to(root)
