"""Permissions for what mounts and builds of a service read and write on the host.

A build from a directory of the project is as harmless as running an image, and so is a read-only mount of
one if nothing can replace it by a link.
"""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from devenv.overlays.model import printable
from devenv.overlays.paths import file_type, first_symlink, is_inside, path_risk, project_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.model import ComposeModels, Permission, ServiceModels


HARMLESS_BUILD_KEYS = {"context", "dockerfile", "dockerfile_inline", "args", "target"}
# As `devenv new-service` names them. Another name could shadow an image of a registry.
OWN_IMAGE_ENDINGS = ("-go", "-python")


def build(service: ServiceModels, value: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield the permissions of a service's `build`."""
    yield from _build_keys(service, value)
    context = str(value.get("context", ""))
    if context.startswith("/"):
        yield from _local(service, context, "context")
        dockerfile = str(value.get("dockerfile") or "")
        if dockerfile and "dockerfile_inline" not in value:
            yield from _local(service, posixpath.normpath(posixpath.join(context, dockerfile)), "dockerfile")
    elif context:
        yield service.permission(
            f"is built from {printable(context)}, fetched from elsewhere", "build", "context"
        )
    yield from _image(service)


def _local(service: ServiceModels, path: str, key: str) -> Iterator[Permission]:
    root = service.models.root
    name = printable(project_path(root, path))
    if not is_inside(root, path):
        text = f"is built from {name}, which lies outside the project"
        yield service.permission(text, "build", key, is_refused=True)
    elif (link := first_symlink(root, path)) is not None:
        text = f"is built from {name} through the symbolic link {printable(link)}"
        yield service.permission(text, "build", key, is_refused=True)


def _image(service: ServiceModels) -> Iterator[Permission]:
    image = service.merged.get("image")
    own = image == service.name and str(image).endswith(OWN_IMAGE_ENDINGS)
    if image and not own:
        name = f"{printable(image)}, for all of this machine"
        text = f"builds an image and calls it {name} (harmless without `image`)"
        yield service.permission(text, "image")


def _build_keys(service: ServiceModels, value: Mapping[str, Any]) -> Iterator[Permission]:
    for key, given in value.items():
        if key in HARMLESS_BUILD_KEYS or not given:
            continue
        is_refused = key == "privileged" or (key == "entitlements" and "security.insecure" in given)
        text = (
            "is built in privileged mode"
            if is_refused
            else f"is built with {printable(key)}: {printable(given)}"
        )
        yield service.permission(text, "build", key, is_refused=is_refused)
        if key == "additional_contexts":
            yield from _contexts(service, given)


def _contexts(service: ServiceModels, given: Any) -> Iterator[Permission]:
    for path in map(str, given.values() if isinstance(given, dict) else given):
        if path.startswith(("/", "~", "..")):
            yield from _local(service, path, "additional_contexts")


# Keys of a mount that need no permission.
COMMON = {"type", "source", "target", "read_only", "consistency"}
HARMLESS_MOUNT_KEYS: Mapping[str, Mapping[str, set[str]]] = {
    "volume": {"volume": {"nocopy", "subpath"}},
    "tmpfs": {"tmpfs": {"size", "mode"}},
    "bind": {"bind": {"create_host_path", "selinux"}},
}


def mounts(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield the permissions of a service's `volumes`."""
    for index, mount in enumerate(value):
        kind = mount.get("type")
        yield from _mount_keys(service, mount, index)
        if kind == "bind":
            yield from _bind(service, mount, index)
        elif kind == "volume" and mount.get("source") in service.models.own("volumes"):
            name = mount["source"]
            yield service.permission(
                f"reads and writes the stack's own data: the volume {name}", "volumes", index
            )


def _mount_keys(service: ServiceModels, mount: Mapping[str, Any], index: int) -> Iterator[Permission]:
    kind = mount.get("type")
    allowed = HARMLESS_MOUNT_KEYS.get(str(kind))
    if allowed is None:
        yield service.permission(
            f"mounts {printable(mount.get('source'))} of the type {printable(kind)}", "volumes", index
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
            yield service.permission(f"mounts with the option {printable(name)}", "volumes", index)


def _bind(service: ServiceModels, mount: Mapping[str, Any], index: int) -> Iterator[Permission]:
    root, source = service.models.root, str(mount.get("source", ""))
    if service.models.addon_files and is_inside(Path(service.models.addon_files), source):
        if not mount.get("read_only"):
            text = "writes to files of an add-on (`:ro` would be harmless)"
            yield service.permission(text, "volumes", index, is_refused=True)
        return
    found = path_risk(root, source, "mounts")
    if found is not None:
        yield service.permission(found.text, "volumes", index, is_refused=found.is_refused)
        if found.is_refused:
            return
    name = printable(project_path(root, source))
    if file_type(source) is None:
        yield service.permission(f"makes the directory {name}, which belongs to root then", "volumes", index)
    if not mount.get("read_only"):
        yield service.permission(
            f"writes to {name} of the project (`:ro` would be harmless)", "volumes", index
        )
        yield from _swappable(service, source, index)


def _swappable(service: ServiceModels, source: str, index: int) -> Iterator[Permission]:
    """Yield a permission for each path that the service could replace by a link out of the project."""
    own = PurePosixPath(source)
    for user, path in _given_paths(service.models):
        inner = PurePosixPath(path)
        if inner != own and inner.is_relative_to(own):
            name = printable(project_path(service.models.root, path))
            text = f"can replace {name} by a link, and so have {user} any place of this machine"
            yield service.permission(text, "volumes", index)


def _given_paths(models: ComposeModels) -> Iterator[tuple[str, str]]:
    """Yield each host path that a container or build gets, preceded by its user and a verb."""
    for name, service in models.all("services").items():
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
        for name, item in models.all(section).items():
            if item.get("file"):
                yield f"the {section.removesuffix('s')} {name} hold", str(item["file"])
