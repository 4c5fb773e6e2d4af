"""What has a GitOps controller install the chart: Flux, or Argo CD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes.charts import NAME, REPOSITORY
from devenv.export.kubernetes.declaration import manifest

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

VALUES_MAP = "temporal-values"

# Where Kustomize finds the name of the ConfigMap, which ends with a hash of the values: it does not know the
# kind HelmRelease. https://fluxcd.io/flux/guides/helmreleases/ has the same.
NAMES_IN_RELEASES: Manifest = {
    "nameReference": [
        {
            "kind": "ConfigMap",
            "version": "v1",
            "fieldSpecs": [{"path": "spec/valuesFrom/name", "kind": "HelmRelease"}],
        }
    ]
}


def flux(cluster: Kubernetes) -> list[Manifest]:
    """Return the chart's repository and the release; nothing for other controllers."""
    if cluster.gitops != "flux":
        return []
    repository = manifest(
        "source.toolkit.fluxcd.io/v1",
        "HelmRepository",
        "temporalio",
        cluster.namespace,
        spec={"interval": "24h", "url": REPOSITORY},
    )
    chart = {
        "chart": NAME,
        "version": cluster.chart,
        "sourceRef": {"kind": "HelmRepository", "name": "temporalio"},
    }
    release = manifest(
        "helm.toolkit.fluxcd.io/v2",
        "HelmRelease",
        cluster.release,
        cluster.namespace,
        spec={
            "interval": "1h",
            "timeout": "15m",
            "releaseName": cluster.release,
            "chart": {"spec": chart},
            "install": {"remediation": {"retries": 3}},
            "upgrade": {"remediation": {"retries": 3}},
            "valuesFrom": [{"kind": "ConfigMap", "name": VALUES_MAP}],
        },
    )
    return [repository, release]


def argocd(cluster: Kubernetes) -> list[Manifest]:
    """Return the application: the chart with the values of the repository, and the manifests beside them."""
    if cluster.gitops != "argocd":
        return []
    path = cluster.path.strip("/") or "."
    git = {"repoURL": cluster.repository, "targetRevision": "HEAD"}
    chart: dict[str, Any] = {
        "repoURL": REPOSITORY,
        "chart": NAME,
        "targetRevision": cluster.chart,
        "helm": {
            "releaseName": cluster.release,
            "valueFiles": [f"$export/{path}/values.yaml".replace("/./", "/")],
        },
    }
    application = manifest(
        "argoproj.io/v1alpha1",
        "Application",
        cluster.release,
        "argocd",
        spec={
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": cluster.namespace},
            "sources": [chart, {**git, "ref": "export", "path": path}],
            "syncPolicy": {
                "automated": {"selfHeal": True},
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
            },
        },
    )
    return [application]
