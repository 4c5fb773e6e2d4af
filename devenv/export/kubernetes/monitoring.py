"""Alerts and dashboards of the add-on observability, for the Prometheus operator and for Grafana.

The chart has monitors for the server (values.py); here is what Postgres and workers need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.addons.observability.grafana import RULES, grafana_files
from devenv.export.kubernetes.declaration import manifest
from devenv.export.kubernetes.postgres import cluster_name
from devenv.files.yaml_documents import read_manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devenv.export.kubernetes.declaration import Manifest
    from devenv.project.kubernetes import Kubernetes

DASHBOARDS = "monitoring/dashboards"

_API = "monitoring.coreos.com/v1"
# Metrics of exporters that no cluster has: CloudNativePG has its own.
_ELSEWHERE = re.compile(r"\bpg_|\belasticsearch_cluster|job=\"(postgres|opensearch)\"")
# The target's own label has the name of one that the server's metrics have: that of the Temporal namespace.
NAMESPACE_OF_TEMPORAL: list[dict[str, Any]] = [
    {
        "action": "replace",
        "sourceLabels": ["exported_namespace"],
        "regex": "(.+)",
        "targetLabel": "namespace",
    }
]


def monitoring(cluster: Kubernetes, *, has_workers: bool) -> list[Manifest]:
    """Return alerts, and monitors of what the chart does not know; nothing without the operator."""
    if not cluster.monitoring:
        return []
    found = [_rules(cluster)]
    if cluster.postgres.by == "cnpg":
        labels = {"cnpg.io/cluster": cluster_name(cluster)}
        found.append(_pod_monitor(cluster_name(cluster), cluster.namespace, labels))
    if has_workers:
        workers = {"app.kubernetes.io/component": "worker"}
        expression = {"key": "app.kubernetes.io/part-of", "operator": "DoesNotExist"}
        found.append(
            _pod_monitor(
                f"{cluster.fullname}-workers", cluster.workers_namespace, workers, without=[expression]
            )
        )
    return found


def dashboards(cluster: Kubernetes, namespaces: Iterable[str]) -> Mapping[str, bytes]:
    """Return the dashboards of Grafana by path, one for each of the Temporal `namespaces` among them."""
    if not cluster.monitoring:
        return {}
    files = grafana_files(namespaces)
    return {f"monitoring/{path}": content for path, content in files.items() if path != RULES}


def _rules(cluster: Kubernetes) -> Manifest:
    text = grafana_files([])[RULES].decode()
    [document] = read_manifests(text, RULES)
    groups = [
        {"name": f"temporal-{group['name']}", "rules": rules}
        for group in document["groups"]
        if (rules := list(_in_cluster(group["rules"], cluster)))
    ]
    return manifest(
        _API, "PrometheusRule", f"{cluster.fullname}-alerts", cluster.namespace, spec={"groups": groups}
    )


def _in_cluster(rules: Iterable[dict[str, Any]], cluster: Kubernetes) -> Iterator[dict[str, Any]]:
    """Yield the rules that hold in a cluster, with the jobs that they have there."""
    job = f'namespace="{cluster.namespace}",job=~"{cluster.fullname}-.*"'
    for rule in rules:
        if _ELSEWHERE.search(rule["expr"]):
            continue
        # What is to be run first are commands of devenv, which has no stack there.
        annotations = {name: text for name, text in rule["annotations"].items() if name != "runbook"}
        yield {**rule, "expr": rule["expr"].replace('job="temporal"', job), "annotations": annotations}


def _pod_monitor(
    name: str, namespace: str, labels: Mapping[str, str], without: Iterable[dict[str, str]] = ()
) -> Manifest:
    selector: dict[str, Any] = {"matchLabels": dict(labels)}
    if expressions := list(without):
        selector["matchExpressions"] = expressions
    spec = {"selector": selector, "podMetricsEndpoints": [{"port": "metrics"}]}
    return manifest(_API, "PodMonitor", name, namespace, spec=spec)
