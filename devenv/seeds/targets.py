"""What is declared, as the values that a gateway reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.temporal.protocol import Namespace, NexusEndpoint

if TYPE_CHECKING:
    from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec


def to_namespace(spec: NamespaceSpec) -> Namespace:
    """Return the namespace; what is not declared is empty, which the server takes for `leave it`."""
    return Namespace(
        name=spec.name,
        retention=spec.retention,
        description=spec.description,
        owner_email=spec.owner_email,
        data=spec.data,
        history_archival_state=spec.history_archival_state or "",
        history_archival_uri=spec.history_archival_uri,
        visibility_archival_state=spec.visibility_archival_state or "",
        visibility_archival_uri=spec.visibility_archival_uri,
    )


def to_endpoint(spec: NexusEndpointSpec) -> NexusEndpoint:
    """Return the Nexus endpoint."""
    return NexusEndpoint(
        name=spec.name,
        namespace=spec.target.namespace,
        task_queue=spec.target.task_queue,
        description=spec.description,
    )
