"""The Kubernetes namespaces, with what pods in them may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.export.kubernetes import security
from devenv.export.kubernetes.declaration import manifest

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes


def namespaces(cluster: Kubernetes) -> list[Manifest]:
    """Return the namespace of the server."""
    return [manifest("v1", "Namespace", cluster.namespace, None, labels=security.NAMESPACE_LABELS)]
