"""How clients outside the cluster reach the frontend: a LoadBalancer, or an Ingress for gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes.declaration import manifest

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

_GRPC = 7233


def exposure(cluster: Kubernetes) -> list[Manifest]:
    """Return a Service or an Ingress beside those of the chart; nothing if clients are inside alone."""
    match cluster.grpc.expose:
        case "load-balancer":
            return [_load_balancer(cluster)]
        case "ingress":
            return [_ingress(cluster)]
        case "no":
            return []


def _load_balancer(cluster: Kubernetes) -> Manifest:
    host = cluster.grpc.host
    annotations = {"external-dns.alpha.kubernetes.io/hostname": host} if host else {}
    selector = {
        "app.kubernetes.io/instance": cluster.release,
        "app.kubernetes.io/component": "frontend",
    }
    port = {"name": "grpc", "port": _GRPC, "targetPort": "rpc", "appProtocol": "kubernetes.io/h2c"}
    return manifest(
        "v1",
        "Service",
        f"{cluster.fullname}-frontend-external",
        cluster.namespace,
        annotations=annotations,
        spec={"type": "LoadBalancer", "selector": selector, "ports": [port]},
    )


def _ingress(cluster: Kubernetes) -> Manifest:
    """Return an Ingress; which annotation says gRPC depends on the controller, this is of ingress-nginx."""
    annotations = {
        "nginx.ingress.kubernetes.io/backend-protocol": "GRPCS" if cluster.tls.server != "no" else "GRPC"
    }
    if cluster.tls.issuer:
        annotations["cert-manager.io/cluster-issuer"] = cluster.tls.issuer
    service = {"name": f"{cluster.fullname}-frontend", "port": {"number": _GRPC}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
    spec: dict[str, Any] = {
        "rules": [{"host": cluster.grpc.host, "http": {"paths": [path]}}],
        "tls": [{"hosts": [cluster.grpc.host], "secretName": cluster.secret_names["grpc-tls"]}],
    }
    if cluster.ingress_class:
        spec["ingressClassName"] = cluster.ingress_class
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        f"{cluster.fullname}-frontend-external",
        cluster.namespace,
        annotations=annotations,
        spec=spec,
    )
