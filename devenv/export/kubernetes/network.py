"""Who may reach what: everything else is refused, by a network plugin that enforces policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes.declaration import manifest
from devenv.export.kubernetes.postgres import cluster_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

_GRPC, _HTTP, _UI, _METRICS = 7233, 7243, 8080, 9090
_POSTGRES, _POSTGRES_STATUS, _POSTGRES_METRICS = 5432, 8000, 9187
# The label that Kubernetes gives each namespace.
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
_ANYWHERE: dict[str, Any] = {"namespaceSelector": {}}


def policies(cluster: Kubernetes) -> list[Manifest]:
    """Return the policies for what comes in; nothing is said about what goes out."""
    server = {"app.kubernetes.io/instance": cluster.release}
    members = {"podSelector": {"matchLabels": server}}
    policies = [
        _policy(cluster, "members", server, [{"from": [members]}]),
        _policy(cluster, "frontend", _component(server, "frontend"), [_frontend(cluster)]),
        _policy(cluster, "web", _component(server, "web"), [_from([_ANYWHERE], _UI)]),
        _policy(cluster, "metrics", server, [_from([_ANYWHERE], _METRICS)]),
    ]
    if cluster.postgres.by == "cnpg":
        policies.append(_postgres(cluster, members))
    return policies


def _frontend(cluster: Kubernetes) -> dict[str, Any]:
    """Return who may call the server: whoever reaches it from outside, or workers and neighbours alone."""
    if cluster.grpc.expose != "no":
        return {"ports": [{"port": _GRPC}, {"port": _HTTP}]}
    namespaces = dict.fromkeys((cluster.namespace, cluster.workers_namespace))
    clients = [{"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: name}}} for name in namespaces]
    return _from(clients, _GRPC, _HTTP)


def _postgres(cluster: Kubernetes, members: dict[str, Any]) -> Manifest:
    instances = {"cnpg.io/cluster": cluster_name(cluster)}
    rules = [
        _from([members], _POSTGRES),
        {"from": [{"podSelector": {"matchLabels": instances}}]},
        # Its operator asks how it is, from a namespace that nobody knows here.
        _from([_ANYWHERE], _POSTGRES_STATUS, _POSTGRES_METRICS),
    ]
    return _policy(cluster, "postgres", instances, rules)


def _policy(
    cluster: Kubernetes, name: str, labels: dict[str, str], ingress: Sequence[dict[str, Any]]
) -> Manifest:
    spec = {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"], "ingress": list(ingress)}
    return manifest(
        "networking.k8s.io/v1", "NetworkPolicy", f"{cluster.fullname}-{name}", cluster.namespace, spec=spec
    )


def _component(labels: dict[str, str], component: str) -> dict[str, str]:
    return {**labels, "app.kubernetes.io/component": component}


def _from(peers: Sequence[dict[str, Any]], *ports: int) -> dict[str, Any]:
    return {"from": list(peers), "ports": [{"port": port} for port in ports]}
