"""The project's own Compose files: what they may not ask for, and which services they add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.errors import OverlayInvalidError
from devenv.project.documents import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.project.documents import Document

# Each hands the host to whatever runs in the container; the second kind if its value is "host".
HOST_OPTIONS = ("privileged", "devices", "use_api_socket")
HOST_NAMESPACES = ("pid", "ipc", "uts", "network_mode", "userns_mode", "cgroup")
# Kinds of mounts that have no path of the host; any other word may stand for a bind mount.
INNER_MOUNTS = ("volume", "tmpfs", "image", "cluster")
# How an overlay replaces or removes what the stack file says; the value is checked all the same.
COMPOSE_TAGS = frozenset({"!override", "!reset"})


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
    document = read_yaml(path, OverlayInvalidError, tags=COMPOSE_TAGS)
    if not isinstance(document.data, dict):
        raise OverlayInvalidError(
            "a Compose file holds services, volumes or networks", place=document.place(())
        )
    if "include" in document.data:
        raise OverlayInvalidError(
            "include brings in files that are not checked",
            place=document.place(("include",)),
            hint="name each file in `[compose] overlays` of devenv.toml",
        )
    for name, service in _section(document, "services").items():
        if isinstance(service, dict):
            _check_service(root, document, name, service)
    _check_host_files(root, document)
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
    powers += [option for option in HOST_NAMESPACES if _may_be_host(service.get(option))]
    for option in powers:
        place = document.place(("services", name, option))
        raise OverlayInvalidError(f"{option} gives the service {name} power over the host", place=place)
    extends = service.get("extends")
    if isinstance(extends, dict) and "file" in extends:
        place = document.place(("services", name, "extends", "file"))
        raise OverlayInvalidError("extends brings in a file that is not checked", place=place)
    mounts = service.get("volumes") or []
    if not isinstance(mounts, list):
        place = document.place(("services", name, "volumes"))
        raise OverlayInvalidError(f"the volumes of the service {name} must be a list", place=place)
    for index, mount in enumerate(mounts):
        _demand_inside(root, _host_path(mount), document.place(("services", name, "volumes", index)))


def _may_be_host(value: object) -> bool:
    """Tell whether a namespace option is `host`, or a variable that could become it."""
    return isinstance(value, str) and (value.strip() == "host" or "$" in value)


def _host_path(mount: object) -> str | None:
    """Return the path of the host that a mount of a service has, None for a volume."""
    if isinstance(mount, dict):
        return None if mount.get("type") in INNER_MOUNTS else str(mount.get("source", "."))
    source = str(mount).partition(":")[0]
    return source if source.startswith((".", "/", "~")) or "$" in source else None


def _check_host_files(root: Path, document: Document) -> None:
    """Refuse what the sections beside the services mount from outside the project."""
    for name, volume in _section(document, "volumes").items():
        options = volume.get("driver_opts") if isinstance(volume, dict) else None
        device = str(options.get("device", "")) if isinstance(options, dict) else ""
        if device.startswith((".", "/", "~")) or "$" in device:
            _demand_inside(root, device, document.place(("volumes", name, "driver_opts", "device")))
    for section in ("configs", "secrets"):
        for name, item in _section(document, section).items():
            if isinstance(item, dict) and "file" in item:
                _demand_inside(root, str(item["file"]), document.place((section, name, "file")))


def _demand_inside(root: Path, source: str | None, place: str) -> None:
    if source is not None and not _lies_inside(root, source):
        raise OverlayInvalidError(f"the mount of {source} reaches out of the project", place=place)


def _lies_inside(root: Path, source: str) -> bool:
    # A variable or a home directory is unknown until Compose expands it, so it cannot be let through.
    if source.startswith("~") or "$" in source:
        return False
    return (root / source).resolve().is_relative_to(root)
