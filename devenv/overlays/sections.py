"""What overlays declare beside services: networks, volumes, configs and secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.overlays.paths import HOME, hazard
from devenv.overlays.powers import Power, shown
from devenv.overlays.scene import reserved_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.scene import Scene

KNOWN = {"name", "services", "networks", "volumes", "configs", "secrets", "version"}
# Kinds of file systems of other machines: their devices are no paths of this one.
REMOTE_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3"}
# Their devices are names that mean nothing.
MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}
HOST_PATH = re.compile(rf"(?:^|[=:,])((?:/|{HOME})[^,:]*)")
BINDING = {"bind", "rbind"}


def section_powers(scene: Scene) -> Iterator[Power]:
    """Yield the powers of everything at the top level of the model but services."""
    if scene.merged.get("name") != scene.stack:
        yield Power(("name",), "the stack gets another name", is_refused=True)
    for section, value in scene.merged.items():
        if value and section not in KNOWN and not section.startswith("x-"):
            yield Power((section,), f"declares {shown(section)}: {shown(value)}")
    yield from _networks(scene)
    yield from _volumes(scene)
    for section in ("configs", "secrets"):
        for name, item in scene.all(section).items():
            if item != scene.own(section).get(name):
                yield from _file(scene, section, name, item)


def _networks(scene: Scene) -> Iterator[Power]:
    for name, network in scene.all("networks").items():
        before = scene.own("networks").get(name)
        at = ("networks", name)
        extra = _differing(before or {"name": f"{scene.stack}_{name}"}, network or {})
        if before is None:
            settings = f": {shown(extra)}" if extra else ""
            yield Power(at, f"there is another network, {name}{settings}")
        elif extra:
            yield Power(at, f"the stack's network is changed: {shown(extra)}")
        yield from reserved_labels(f"the network {name}", _labels(network), _labels(before), (*at, "labels"))


def _volumes(scene: Scene) -> Iterator[Power]:
    for name, volume in scene.all("volumes").items():
        before = scene.own("volumes").get(name)
        at = ("volumes", name)
        extra = _differing(before or {"name": f"{scene.stack}_{name}"}, volume or {})
        extra = {key: value for key, value in extra.items() if (key, value) != ("driver", "local")}
        if extra:
            yield from _special_volume(scene, name, extra)
        yield from reserved_labels(f"the volume {name}", _labels(volume), _labels(before), (*at, "labels"))


def _special_volume(scene: Scene, name: str, extra: Mapping[str, Any]) -> Iterator[Power]:
    at = ("volumes", name)
    options = {key.lower(): (key, str(value)) for key, value in (extra.get("driver_opts") or {}).items()}
    for key, reason in _on_this_machine(scene, options):
        yield Power((*at, "driver_opts", key), f"the volume {name} {reason}", is_refused=True)
    if "external" in extra or "name" in extra:
        outer = shown(extra.get("name", name))
        yield Power(at, f"the volume {name} is one that belongs to no stack, or to another: {outer}")
    rest = {key: value for key, value in extra.items() if key not in {"external", "name"}}
    if rest:
        yield Power(at, f"the volume {name} is made with {shown(rest)}")


def _on_this_machine(scene: Scene, options: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the options by which a volume is a place of this machine, each with what it does."""
    nothing = ("", "")
    key, flags = options.get("o", nothing)
    device_key, device = options.get("device", nothing)
    kind = options.get("type", nothing)[1].strip().lower()
    # `bind` beats the type: a volume of the type nfs with it is a directory of this machine all the same.
    if BINDING & {flag.strip().lower() for flag in flags.split(",")}:
        yield key, f"mounts {shown(device)} of this machine (a service can mount ./DIRECTORY of the project)"
        return
    is_remote = kind in REMOTE_FILE_SYSTEMS and (":" in device or device.startswith("//"))
    if is_remote or kind in MEMORY_FILE_SYSTEMS:
        return
    if device and not device.startswith(("/", HOME)) and device != kind:
        yield device_key, f"mounts {shown(device)}, which is not where the project is but where Docker runs"
    for key, value in options.values():
        for path in HOST_PATH.findall(value):
            found = hazard(scene.root, path, "mounts")
            if found is not None:
                yield key, found.text


def _file(scene: Scene, section: str, name: str, item: Mapping[str, Any]) -> Iterator[Power]:
    at = (section, name)
    extra = _differing({"name": f"{scene.stack}_{name}"}, item)
    kind = section.removesuffix("s")
    path = extra.pop("file", None)
    extra.pop("content", None)
    if path is not None and (found := hazard(scene.root, str(path), "reads")) is not None:
        yield Power((*at, "file"), f"the {kind} {name} {found.text}", found.is_refused)
    variable = extra.pop("environment", None)
    if variable:
        yield Power(
            (*at, "environment"), f"the {kind} {name} is the variable {shown(variable)} of your shell"
        )
    if extra:
        yield Power(at, f"the {kind} {name} is made with {shown(extra)}")
    yield from reserved_labels(f"the {kind} {name}", _labels(item), None, (*at, "labels"))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `after` says that `before` does not, but for labels; what it leaves out is None."""
    names = {*before, *after} - {"labels"}
    found = {
        name: after.get(name)
        for name in sorted(names)
        if (after.get(name) or None) != (before.get(name) or None)
    }
    return {name: value for name, value in found.items() if not name.startswith("x-")}


def _labels(item: Mapping[str, Any] | None) -> Any:
    return (item or {}).get("labels")
