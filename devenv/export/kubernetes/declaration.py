"""What the files for a cluster are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.project.services import IMAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.project.kubernetes import Kubernetes
    from devenv.project.settings import Ui
    from devenv.seeds.seeds import Seeds

Manifest = dict[str, Any]
"""One object of Kubernetes, as plain data."""

_REPOSITORIES = {image.name: image for image in IMAGES}


@dataclass(frozen=True)
class Image:
    """An official image."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Declaration:
    """What a project declares, as far as a cluster is concerned.

    `versions` are those of the components, `namespace` the Temporal namespace that people see first.
    """

    cluster: Kubernetes
    versions: Mapping[str, str]
    ui: Ui
    namespace: str
    seeds: Seeds
    dynamic_config: DynamicConfig

    def image(self, name: str) -> Image:
        """Return the official image of a service, by its name in the stack, or of `admin-tools`."""
        image = _REPOSITORIES[name]
        return Image(image.repository, self.versions[image.version])


def manifest(api_version: str, kind: str, name: str, namespace: str | None, **parts: Any) -> Manifest:
    """Return an object of Kubernetes; `parts` stand beside `metadata`, or in it: `labels`, `annotations`."""
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    for each in ("labels", "annotations"):
        if values := parts.pop(each, None):
            metadata[each] = values
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}
