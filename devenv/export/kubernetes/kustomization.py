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


def kustomization(cluster: Kubernetes, resources: Sequence[str], scripts: Iterable[str]) -> Manifest:
    """Return the kustomization of the files `resources`, and of `scripts` that the bootstrap Job runs."""
    generators = [_config_map(cluster, config_map(cluster), scripts)]
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


def _config_map(cluster: Kubernetes, name: str, files: Iterable[str]) -> dict[str, Any]:
    return {"name": name, "namespace": cluster.namespace, "files": sorted(files)}
