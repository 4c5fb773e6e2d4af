"""What a mount of a service gives: volumes of the stack, or files of the project that nothing can swap."""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from devenv.overlays.paths import hazard, is_inside, kind_of, relative
from devenv.overlays.powers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.powers import Power
    from devenv.overlays.scene import Scene, Subject

# What a mount may say without a power; everything else is told.
COMMON = {"type", "source", "target", "read_only", "consistency"}
HARMLESS: Mapping[str, Mapping[str, set[str]]] = {
    "volume": {"volume": {"nocopy", "subpath"}},
    "tmpfs": {"tmpfs": {"size", "mode"}},
    "bind": {"bind": {"create_host_path", "selinux"}},
}


def mounts(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield the powers of a service's `volumes`."""
    for index, mount in enumerate(value):
        kind = mount.get("type")
        yield from _unlisted(subject, mount, index)
        if kind == "bind":
            yield from _bind(subject, mount, index)
        elif kind == "volume" and mount.get("source") in subject.scene.own("volumes"):
            name = mount["source"]
            yield subject.power(f"reads and writes the stack's own data: the volume {name}", "volumes", index)


def _unlisted(subject: Subject, mount: Mapping[str, Any], index: int) -> Iterator[Power]:
    kind = mount.get("type")
    allowed = HARMLESS.get(str(kind))
    if allowed is None:
        yield subject.power(
            f"mounts {shown(mount.get('source'))} of the type {shown(kind)}", "volumes", index
        )
        return
    for key, settings in mount.items():
        if key in COMMON or not settings:
            continue
        extra = (
            {name for name, given in settings.items() if given} - allowed.get(key, set())
            if (key in allowed and isinstance(settings, dict))
            else {key}
        )
        for name in sorted(extra):
            yield subject.power(f"mounts with the option {shown(name)}", "volumes", index)


def _bind(subject: Subject, mount: Mapping[str, Any], index: int) -> Iterator[Power]:
    root, source = subject.scene.root, str(mount.get("source", ""))
    if subject.scene.addon_files and is_inside(Path(subject.scene.addon_files), source):
        if not mount.get("read_only"):
            text = "writes to files of an add-on (`:ro` would be harmless)"
            yield subject.power(text, "volumes", index, is_refused=True)
        return
    found = hazard(root, source, "mounts")
    if found is not None:
        yield subject.power(found.text, "volumes", index, is_refused=found.is_refused)
        if found.is_refused:
            return
    name = shown(relative(root, source))
    if kind_of(source) is None:
        yield subject.power(f"makes the directory {name}, which belongs to root then", "volumes", index)
    if not mount.get("read_only"):
        yield subject.power(f"writes to {name} of the project (`:ro` would be harmless)", "volumes", index)
        yield from _swappable(subject, source, index)


def _swappable(subject: Subject, source: str, index: int) -> Iterator[Power]:
    """Yield a power for each path that the service could lead out of the project, by a link in its place."""
    own = PurePosixPath(source)
    for user, path in _given_paths(subject.scene):
        inner = PurePosixPath(path)
        if inner != own and inner.is_relative_to(own):
            name = shown(relative(subject.scene.root, path))
            text = f"can replace {name} by a link, and so have {user} any place of this machine"
            yield subject.power(text, "volumes", index)


def _given_paths(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield each path of this machine that somebody is given, after who that is, with a verb."""
    for name, service in scene.all("services").items():
        for mount in service.get("volumes") or []:
            if mount.get("type") == "bind":
                yield f"{name} mount", str(mount.get("source", ""))
        build = service.get("build") or {}
        context = str(build.get("context", ""))
        if context.startswith("/"):
            yield f"the build of {name} read", context
            dockerfile = str(build.get("dockerfile") or "")
            yield f"the build of {name} read", posixpath.normpath(posixpath.join(context, dockerfile))
    for section in ("configs", "secrets"):
        for name, item in scene.all(section).items():
            if item.get("file"):
                yield f"the {section.removesuffix('s')} {name} hold", str(item["file"])
