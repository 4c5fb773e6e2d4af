"""What people read and run beside the manifests: README.md, and recipes for `just`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from devenv.export.kubernetes.charts import REPOSITORY
from devenv.export.kubernetes.postgres import cluster_name
from devenv.export.kubernetes.sizes import size_of
from devenv.scaffold.render import render_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.export.kubernetes.secrets import NeededSecret
    from devenv.project.kubernetes import Kubernetes


@dataclass(frozen=True)
class _Component:
    """A Deployment of the chart, by the end of its name."""

    component: str
    replicas: int


def texts(cluster: Kubernetes, secrets: Sequence[NeededSecret]) -> dict[str, str]:
    """Return the texts by path."""
    found = {"README.md": _render("README.md", cluster, secrets)}
    if cluster.gitops == "just":
        found["justfile"] = _render("justfile", cluster, secrets)
    return found


def template(name: str) -> str:
    """Return a file that is written as it is."""
    return (resources.files("devenv.export.kubernetes") / "templates" / name).read_text(encoding="utf-8")


def _render(name: str, cluster: Kubernetes, secrets: Sequence[NeededSecret]) -> str:
    roles = [
        _Component("web" if name == "ui" else name, role.replicas)
        for name, role in size_of(cluster).roles.items()
    ]
    answers = {
        "cluster": cluster,
        "secrets": secrets,
        "operators": list(_operators(cluster)),
        "chart_repository": REPOSITORY,
        "postgres": cluster_name(cluster),
        "roles": roles,
    }
    return render_text(template(f"{name}.jinja"), answers)


def _operators(cluster: Kubernetes) -> Iterator[str]:
    """Yield what has to run in the cluster before."""
    yield f"Kubernetes {cluster.version} or a neighbour of it, with a default StorageClass"
    if cluster.postgres.by == "cnpg":
        yield "CloudNativePG: https://cloudnative-pg.io"
        if cluster.postgres.backups:
            yield "its Barman Cloud Plugin: https://cloudnative-pg.io/plugin-barman-cloud"
    else:
        yield (
            f"Postgres at {cluster.postgres.address}, with the databases temporal and temporal_visibility, "
            f"which {cluster.postgres.user} owns"
        )
    if cluster.opensearch:
        yield f"OpenSearch at {cluster.opensearch}, with a user temporal"
    if cluster.secrets == "external-secrets":
        yield "External Secrets: https://external-secrets.io"
    if cluster.ui.host or cluster.grpc.expose == "ingress":
        yield "a controller of Ingresses"
    if cluster.tls.issuer:
        yield f"cert-manager, with the ClusterIssuer {cluster.tls.issuer}: https://cert-manager.io"
    if cluster.monitoring:
        yield "the Prometheus operator: https://prometheus-operator.dev"
    if cluster.gitops != "just":
        yield {"flux": "Flux: https://fluxcd.io", "argocd": "Argo CD: https://argo-cd.readthedocs.io"}[
            cluster.gitops
        ]
