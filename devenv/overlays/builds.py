"""What the build of an image gives: from a directory of the project it is as harmless as running an image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from devenv.overlays.paths import is_inside, link_on_the_way, relative
from devenv.overlays.powers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.powers import Power
    from devenv.overlays.scene import Subject

HARMLESS = {"context", "dockerfile", "dockerfile_inline", "args", "target"}
# As `devenv new-service` names them. Another name could be one that others expect a registry's image under.
OWN_IMAGE_ENDINGS = ("-go", "-python")


def build(subject: Subject, value: Mapping[str, Any]) -> Iterator[Power]:
    """Yield the powers of a service's `build`."""
    yield from _unlisted(subject, value)
    context = str(value.get("context", ""))
    if context.startswith("/"):
        yield from _local(subject, context, "context")
        dockerfile = str(value.get("dockerfile") or "")
        if dockerfile and "dockerfile_inline" not in value:
            yield from _local(subject, posixpath.normpath(posixpath.join(context, dockerfile)), "dockerfile")
    elif context:
        yield subject.power(f"is built from {shown(context)}, fetched from elsewhere", "build", "context")
    yield from _image(subject)


def _local(subject: Subject, path: str, key: str) -> Iterator[Power]:
    root = subject.scene.root
    name = shown(relative(root, path))
    if not is_inside(root, path):
        text = f"is built from {name}, which lies outside the project"
        yield subject.power(text, "build", key, is_refused=True)
    elif (link := link_on_the_way(root, path)) is not None:
        text = f"is built from {name} through the symbolic link {shown(link)}"
        yield subject.power(text, "build", key, is_refused=True)


def _image(subject: Subject) -> Iterator[Power]:
    image = subject.merged.get("image")
    own = image == subject.name and str(image).endswith(OWN_IMAGE_ENDINGS)
    if image and not own:
        text = (
            f"builds an image and calls it {shown(image)}, for all of this machine (harmless without `image`)"
        )
        yield subject.power(text, "image")


def _unlisted(subject: Subject, value: Mapping[str, Any]) -> Iterator[Power]:
    for key, given in value.items():
        if key in HARMLESS or not given:
            continue
        is_refused = key == "privileged" or (key == "entitlements" and "security.insecure" in given)
        text = "is built in privileged mode" if is_refused else f"is built with {shown(key)}: {shown(given)}"
        yield subject.power(text, "build", key, is_refused=is_refused)
        if key == "additional_contexts":
            yield from _contexts(subject, given)


def _contexts(subject: Subject, given: Any) -> Iterator[Power]:
    for path in map(str, given.values() if isinstance(given, dict) else given):
        if path.startswith(("/", "~", "..")):
            yield from _local(subject, path, "additional_contexts")
