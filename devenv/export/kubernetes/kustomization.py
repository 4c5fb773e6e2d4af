"""What ties the manifests together: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes.bootstrap import config_map
from devenv.export.kubernetes.gitops import VALUES_MAP
from devenv.export.kubernetes.secret_sources import ENCRYPTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

VALUES = "values.yaml"
FILE = "kustomization.yaml"
NAMES = "flux/kustomizeconfig.yaml"


def kustomization(
    cluster: Kubernetes, resources: Sequence[str], scripts: Iterable[str], boards: Iterable[str]
) -> Manifest:
    """Return the kustomization of files: `resources`, `scripts` of the bootstrap Job, and dashboards."""
    generators = [_config_map(cluster, config_map(cluster), scripts)]
    generators += [_dashboard(cluster, number, path) for number, path in enumerate(sorted(boards), 1)]
    more: Manifest = {}
    if cluster.gitops == "flux":
        generators.append(_config_map(cluster, VALUES_MAP, [VALUES]))
        more["configurations"] = [NAMES]
    is_decrypted_there = cluster.gitops == "flux" and cluster.secrets == "sops"
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "labels": [{"pairs": {"app.kubernetes.io/part-of": "temporal"}}],
        "resources": [*resources, *([ENCRYPTED] if is_decrypted_there else [])],
        "configMapGenerator": generators,
        **more,
    }


def _dashboard(cluster: Kubernetes, number: int, path: str) -> dict[str, Any]:
    """Return the ConfigMap that the sidecar of Grafana finds by its label.

    It has a number, since a Temporal namespace may be called what Kubernetes calls nothing.
    """
    name = f"{cluster.fullname}-dashboard-{number}"
    options = {"labels": {"grafana_dashboard": "1"}, "disableNameSuffixHash": True}
    return {**_config_map(cluster, name, [path]), "options": options}


def _config_map(cluster: Kubernetes, name: str, files: Iterable[str]) -> dict[str, Any]:
    return {"name": name, "namespace": cluster.namespace, "files": sorted(files)}
