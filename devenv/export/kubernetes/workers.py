"""The workers of services that `new-service` wrote: their own deployments, with addresses of the cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.errors import ExportInvalidError
from devenv.export.kubernetes import tls
from devenv.files.text import TextError, display_path, read_text
from devenv.files.yaml_documents import read_manifests
from devenv.scaffold.names import Language
from devenv.scaffold.removal import DISPOSABLE
from devenv.scaffold.service import RECORD_FILE, load_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

_DEPLOYMENT = Path("deploy/deployment.yaml")
_LOOKS_ELSEWHERE = DISPOSABLE | {"node_modules"}


def workers(root: Path, cluster: Kubernetes) -> dict[str, list[Manifest]]:
    """Return the deployments of all services of the project at `root`, by the name of service and language.

    Raises:
        InvalidInputError: With the path of a record or a deployment that cannot be read.
    """
    return {
        f"{folder.name}-{half.value}": [_deployed(path, cluster)]
        for folder in _services(root)
        for half in Language(load_record(folder / RECORD_FILE).language).halves
        if (path := folder / half.value / _DEPLOYMENT).is_file()
    }


def _services(root: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name not in _LOOKS_ELSEWHERE and not name.startswith(".")
        )
        if RECORD_FILE in files:
            folders.clear()
            yield Path(directory)


def _deployed(path: Path, cluster: Kubernetes) -> Manifest:
    """Return the deployment in the file, where `cluster` wants it."""
    source = display_path(path)
    try:
        documents = read_manifests(read_text(path), source)
    except TextError as error:
        raise ExportInvalidError(error.reason, place=source) from None
    match documents:
        case [{"kind": "Deployment", "metadata": {"name": _}, "spec": {"template": _}} as deployment]:
            pass
        case _:
            raise ExportInvalidError("must be one Deployment, as `new-service` writes it", place=source)
    deployment["metadata"]["namespace"] = cluster.workers_namespace
    pod = deployment["spec"]["template"]["spec"]
    for container in pod["containers"]:
        _set_image(container, cluster)
        _set_address(container, cluster)
    if tls.is_on(cluster):
        pod["volumes"] = [*pod.get("volumes", ()), tls.client_volume(cluster)]
    return dict(deployment)


def _set_image(container: dict[str, Any], cluster: Kubernetes) -> None:
    """Name the image of the registry; one without a registry is what the nodes have."""
    name = container["image"].rpartition("/")[2].partition(":")[0]
    registry = cluster.workers.registry
    container["image"] = (
        f"{registry}/{name}:{cluster.workers.tag}" if registry else f"{name}:{cluster.workers.tag}"
    )
    if not registry:
        container["imagePullPolicy"] = "IfNotPresent"


def _set_address(container: dict[str, Any], cluster: Kubernetes) -> None:
    """Have a client find the server, and show it a certificate where it asks for one."""
    for variable in container.get("env", ()):
        if variable.get("name") == "TEMPORAL_ADDRESS":
            variable["value"] = cluster.frontend
    if tls.is_on(cluster):
        container["env"] = [*container.get("env", ()), *tls.client_environment(cluster)]
        container["volumeMounts"] = [*container.get("volumeMounts", ()), tls.client_mount()]
