"""The Kubernetes namespaces, with what pods in them may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.export.kubernetes import security
from devenv.export.kubernetes.declaration import manifest

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes


def namespaces(cluster: Kubernetes) -> list[Manifest]:
    """Return the namespace of the server, and that of workers if it is another: pods may do less there."""
    found = [manifest("v1", "Namespace", cluster.namespace, None, labels=security.NAMESPACE_LABELS)]
    if cluster.workers_namespace != cluster.namespace:
        labels = security.WORKERS_LABELS
        found.append(manifest("v1", "Namespace", cluster.workers_namespace, None, labels=labels))
    return found
