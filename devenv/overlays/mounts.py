"""What a mount of a service gives: volumes of the stack, or files of the project that nothing can swap."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from devenv.overlays.paths import is_inside, kind_of, link_on_the_way, relative, socket_within
from devenv.overlays.powers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.powers import Power
    from devenv.overlays.scene import Subject

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
    name = shown(relative(root, source))
    socket = socket_within(source)
    if socket is not None:
        text = f"mounts {name}, and with it the Docker socket, by which it owns this machine"
        yield subject.power(text, "volumes", index, is_refused=True)
    elif not is_inside(root, source):
        yield subject.power(f"mounts {name} from outside the project", "volumes", index, is_refused=True)
    else:
        yield from _inner_bind(subject, source, index, writes=not mount.get("read_only"))


def _inner_bind(subject: Subject, source: str, index: int, *, writes: bool) -> Iterator[Power]:
    root = subject.scene.root
    name = shown(relative(root, source))
    link = link_on_the_way(root, source)
    if link is not None:
        text = f"mounts {name} through the symbolic link {shown(link)}, which may lead out of the project"
        yield subject.power(text, "volumes", index, is_refused=True)
        return
    kind = kind_of(source)
    if kind == "special":
        yield subject.power(f"mounts {name}, a socket, pipe or device", "volumes", index)
    elif kind is None:
        yield subject.power(f"makes the directory {name}, which belongs to root then", "volumes", index)
    if writes:
        yield subject.power(f"writes to {name} of the project (`:ro` would be harmless)", "volumes", index)
        yield from _swappable(subject, source, index)


def _swappable(subject: Subject, source: str, index: int) -> Iterator[Power]:
    """Yield a power for each mount that the service could lead out of the project, by a link in its place."""
    own = PurePosixPath(source)
    for other, service in subject.scene.all("services").items():
        for mount in service.get("volumes") or []:
            inner = PurePosixPath(str(mount.get("source", "")))
            if mount.get("type") == "bind" and inner != own and inner.is_relative_to(own):
                name = shown(relative(subject.scene.root, str(inner)))
                text = f"can replace {name} by a link, and so have {other} mount any place of this machine"
                yield subject.power(text, "volumes", index)
