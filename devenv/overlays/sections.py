"""Permissions for top-level elements other than services: networks, volumes, configs and secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.overlays.model import Permission, printable, reserved_labels
from devenv.overlays.paths import HOME, path_risk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.model import ComposeModels

KNOWN = {"name", "services", "networks", "volumes", "configs", "secrets", "version"}
# Network file systems: their devices are not host paths.
REMOTE_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3"}
# File systems whose device name means nothing.
MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}
HOST_PATH = re.compile(rf"(?:^|[=:,])((?:/|{HOME})[^,:]*)")
BINDING = {"bind", "rbind"}


def section_permissions(models: ComposeModels) -> Iterator[Permission]:
    """Yield the permissions that top-level elements other than services need."""
    if models.merged.get("name") != models.stack:
        yield Permission(("name",), "the stack gets another name", is_refused=True)
    for section, value in models.merged.items():
        if value and section not in KNOWN and not section.startswith("x-"):
            yield Permission((section,), f"declares {printable(section)}: {printable(value)}")
    yield from _networks(models)
    yield from _volumes(models)
    for section in ("configs", "secrets"):
        for name, item in models.all(section).items():
            if item != models.own(section).get(name):
                yield from _file(models, section, name, item)


def _networks(models: ComposeModels) -> Iterator[Permission]:
    for name, network in models.all("networks").items():
        before = models.own("networks").get(name)
        at = ("networks", name)
        extra = _changes(before or {"name": f"{models.stack}_{name}"}, network or {})
        if before is None:
            settings = f": {printable(extra)}" if extra else ""
            yield Permission(at, f"there is another network, {name}{settings}")
        elif extra:
            yield Permission(at, f"the stack's network is changed: {printable(extra)}")
        yield from reserved_labels(f"the network {name}", _labels(network), _labels(before), (*at, "labels"))


def _volumes(models: ComposeModels) -> Iterator[Permission]:
    for name, volume in models.all("volumes").items():
        before = models.own("volumes").get(name)
        at = ("volumes", name)
        extra = _changes(before or {"name": f"{models.stack}_{name}"}, volume or {})
        extra = {key: value for key, value in extra.items() if (key, value) != ("driver", "local")}
        if extra:
            yield from _special_volume(models, name, extra)
        yield from reserved_labels(f"the volume {name}", _labels(volume), _labels(before), (*at, "labels"))


def _special_volume(models: ComposeModels, name: str, extra: Mapping[str, Any]) -> Iterator[Permission]:
    at = ("volumes", name)
    options = {key.lower(): (key, str(value)) for key, value in (extra.get("driver_opts") or {}).items()}
    for key, reason in _on_this_machine(models, options):
        yield Permission((*at, "driver_opts", key), f"the volume {name} {reason}", is_refused=True)
    if "external" in extra or "name" in extra:
        outer = printable(extra.get("name", name))
        yield Permission(at, f"the volume {name} is one that belongs to no stack, or to another: {outer}")
    rest = {key: value for key, value in extra.items() if key not in {"external", "name"}}
    if rest:
        yield Permission(at, f"the volume {name} is made with {printable(rest)}")


def _on_this_machine(
    models: ComposeModels, options: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield each driver option by which a volume is a host path, with its effect."""
    nothing = ("", "")
    key, flags = options.get("o", nothing)
    device_key, device = options.get("device", nothing)
    kind = options.get("type", nothing)[1].strip().lower()
    # `bind` overrides the type: with it, a volume of type nfs is a host directory.
    if BINDING & {flag.strip().lower() for flag in flags.split(",")}:
        yield (
            key,
            f"mounts {printable(device)} of this machine (a service can mount ./DIRECTORY of the project)",
        )
        return
    is_remote = kind in REMOTE_FILE_SYSTEMS and (":" in device or device.startswith("//"))
    if is_remote or kind in MEMORY_FILE_SYSTEMS:
        return
    if device and not device.startswith(("/", HOME)) and device != kind:
        yield (
            device_key,
            f"mounts {printable(device)}, which is not where the project is but where Docker runs",
        )
    for key, value in options.values():
        for path in HOST_PATH.findall(value):
            found = path_risk(models.root, path, "mounts")
            if found is not None:
                yield key, found.text


def _file(models: ComposeModels, section: str, name: str, item: Mapping[str, Any]) -> Iterator[Permission]:
    at = (section, name)
    extra = _changes({"name": f"{models.stack}_{name}"}, item)
    kind = section.removesuffix("s")
    path = extra.pop("file", None)
    extra.pop("content", None)
    if path is not None and (found := path_risk(models.root, str(path), "reads")) is not None:
        yield Permission((*at, "file"), f"the {kind} {name} {found.text}", found.is_refused)
    variable = extra.pop("environment", None)
    if variable:
        yield Permission(
            (*at, "environment"), f"the {kind} {name} is the variable {printable(variable)} of your shell"
        )
    if extra:
        yield Permission(at, f"the {kind} {name} is made with {printable(extra)}")
    yield from reserved_labels(f"the {kind} {name}", _labels(item), None, (*at, "labels"))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed keys except labels with their new values; a removed key is None."""
    names = {*before, *after} - {"labels"}
    found = {
        name: after.get(name)
        for name in sorted(names)
        if (after.get(name) or None) != (before.get(name) or None)
    }
    return {name: value for name, value in found.items() if not name.startswith("x-")}


def _labels(item: Mapping[str, Any] | None) -> Any:
    return (item or {}).get("labels")
