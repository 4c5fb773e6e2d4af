"""The values of the official Helm chart: https://github.com/temporalio/helm-charts/tree/main/charts/temporal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devenv.dynamicconfig.model import jsonable
from devenv.export.kubernetes import security, tls
from devenv.export.kubernetes.charts import charts
from devenv.export.kubernetes.monitoring import NAMESPACE_OF_TEMPORAL
from devenv.export.kubernetes.postgres import USER_OF_CLUSTER, waiting_for_postgres, where_postgres_is
from devenv.export.kubernetes.sizes import SERVER_ROLES, size_of

if TYPE_CHECKING:
    from devenv.dynamicconfig.model import DynamicConfig, Entry
    from devenv.export.kubernetes.declaration import Declaration, Image
    from devenv.export.kubernetes.sizes import Role
    from devenv.project.kubernetes import Kubernetes, RoleName

INDEX = "temporal_visibility_v1"

_CONNECTION_LIFETIME = "1h"
_PROBE_TIMEOUT = 5
_JOB_RESOURCES = {
    "requests": {"cpu": "50m", "memory": "64Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}


def values_of(declared: Declaration) -> dict[str, Any]:
    """Return the values, every path of which the chart knows."""
    values = {
        "server": _server(declared),
        "admintools": _admin_tools(declared),
        "schema": _schema(declared),
        "web": _web(declared),
    }
    if unknown := charts()[declared.cluster.chart].unknown(values):
        raise ValueError(f"chart {declared.cluster.chart} knows no {', '.join(unknown)}")
    return values


def _server(declared: Declaration) -> dict[str, Any]:
    cluster = declared.cluster
    server: dict[str, Any] = {
        "image": _image(declared.image("temporal")),
        "versionCheckDisabled": True,
        "config": {
            "logLevel": "info",
            "persistence": {
                "defaultStore": "default",
                "visibilityStore": "visibility",
                "numHistoryShards": cluster.shards,
                "datastores": _datastores(cluster),
            },
            **({"tls": tls.server_configuration(cluster)} if tls.is_on(cluster) else {}),
        },
        **tls.server_values(cluster),
        "dynamicConfig": _dynamic_config(declared.dynamic_config),
        "securityContext": security.POD,
        "metrics": {
            # Prometheus has one way to find the pods: by monitors, or by annotations.
            "annotations": {"enabled": not cluster.monitoring},
            "serviceMonitor": {
                "enabled": cluster.monitoring,
                **({"metricRelabelings": NAMESPACE_OF_TEMPORAL} if cluster.monitoring else {}),
            },
        },
    }
    size = size_of(cluster)
    for name in SERVER_ROLES:
        server[name] = {
            **_replicas(cluster, name, size.roles[name]),
            "containerSecurityContext": security.CONTAINER,
        }
        if name != "worker":
            # That of the chart gives a busy node one second.
            server[name]["readinessProbe"] = {"tcpSocket": {"port": "rpc"}, "timeoutSeconds": _PROBE_TIMEOUT}
    return server


def _datastores(cluster: Kubernetes) -> dict[str, Any]:
    for_workflows, for_visibility = size_of(cluster).connections
    visibility = (
        {"elasticsearch": _opensearch(cluster)}
        if cluster.opensearch
        else {"sql": _database(cluster, "temporal_visibility", for_visibility)}
    )
    return {"default": {"sql": _database(cluster, "temporal", for_workflows)}, "visibility": visibility}


def _database(cluster: Kubernetes, name: str, connections: int) -> dict[str, Any]:
    postgres = cluster.postgres
    database: dict[str, Any] = {
        "pluginName": "postgres12",
        "driverName": "postgres12",
        "connectAddr": where_postgres_is(cluster),
        "connectProtocol": "tcp",
        "databaseName": name,
        "user": USER_OF_CLUSTER if postgres.by == "cnpg" else postgres.user,
        "existingSecret": cluster.secret_names["postgres"],
        "secretKey": "password",
        # The operator makes both databases; of an external Postgres, whose user may not, somebody else.
        "createDatabase": False,
        "manageSchema": True,
        "maxConns": connections,
        "maxIdleConns": connections,
        "maxConnLifetime": _CONNECTION_LIFETIME,
    }
    if postgres.by == "external" and postgres.tls:
        database["tls"] = {"enabled": True, "enableHostVerification": True}
    return database


def _opensearch(cluster: Kubernetes) -> dict[str, Any]:
    url = urlsplit(cluster.opensearch)
    port = url.port or (443 if url.scheme == "https" else 80)
    return {
        "version": "v7",
        "url": {"scheme": url.scheme, "host": f"{url.hostname}:{port}"},
        "username": "temporal",
        "existingSecret": cluster.secret_names["opensearch"],
        "secretKey": "password",
        "logLevel": "error",
        "indices": {"visibility": INDEX},
    }


def _dynamic_config(config: DynamicConfig) -> dict[str, Any]:
    groups = groupby(config.entries, key=lambda entry: entry.key.lower())
    return {
        entries[0].key: [_item(each) for each in entries] for entries in (list(each) for _, each in groups)
    }


def _item(entry: Entry) -> dict[str, Any]:
    item = {"value": jsonable(entry.value)}
    return item | ({"constraints": dict(sorted(entry.constraints.items()))} if entry.constraints else {})


def _replicas(cluster: Kubernetes, name: RoleName, role: Role) -> dict[str, Any]:
    """Return what keeps a role there: how many, with what, and how far apart."""
    values: dict[str, Any] = {"replicaCount": role.replicas, "resources": role.resources.to_document()}
    if size_of(cluster).is_spread:
        values["affinity"] = _apart(cluster, "web" if name == "ui" else name)
        values["podDisruptionBudget"] = {"maxUnavailable": 1}
    return values


def _apart(cluster: Kubernetes, component: str) -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/instance": cluster.release,
        "app.kubernetes.io/component": component,
    }
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


def _admin_tools(declared: Declaration) -> dict[str, Any]:
    return {
        "image": _image(declared.image("admin-tools")),
        # The schema's job has these too.
        "additionalInitContainers": [waiting_for_postgres(declared)],
        **tls.tools_values(declared.cluster),
        "resources": _JOB_RESOURCES,
        "securityContext": security.POD,
        "containerSecurityContext": security.CONTAINER,
    }


def _schema(declared: Declaration) -> dict[str, Any]:
    schema: dict[str, Any] = {
        # A hook runs before anything else is there, which Helm alone can wait for.
        "useHelmHooks": declared.cluster.gitops == "just",
        "resources": _JOB_RESOURCES,
        "securityContext": security.POD,
        "containerSecurityContext": security.CONTAINER,
    }
    if declared.cluster.gitops == "argocd":
        # Its name never changes there, and a job cannot be changed: each sync makes it anew.
        schema["jobAnnotations"] = {
            "argocd.argoproj.io/hook": "Sync",
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        }
    return schema


def _web(declared: Declaration) -> dict[str, Any]:
    cluster = declared.cluster
    web: dict[str, Any] = {
        "image": _image(declared.image("ui")),
        **_replicas(cluster, "ui", size_of(cluster).roles["ui"]),
        "readinessProbe": {"timeoutSeconds": _PROBE_TIMEOUT},
        "additionalEnv": _web_environment(declared),
        **tls.client_values(cluster),
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containerSecurityContext": security.CONTAINER,
    }
    if cluster.ui.host:
        web["ingress"] = _web_ingress(cluster)
    return web


def _web_environment(declared: Declaration) -> list[dict[str, Any]]:
    """Return the settings of the Web UI: https://docs.temporal.io/references/web-ui-environment-variables."""
    cluster = declared.cluster
    ui = cluster.ui
    path = declared.ui.public_path
    origin = f"https://{ui.host}" if ui.host else "http://localhost:8080"
    variables = {
        "TEMPORAL_DEFAULT_NAMESPACE": declared.namespace,
        "TEMPORAL_DISABLE_NEWS_FETCH": "true",
        "TEMPORAL_CORS_ORIGINS": origin,
        # Browsers send a cookie that is secure over https alone.
        "TEMPORAL_CSRF_COOKIE_INSECURE": "false" if ui.host else "true",
        "TEMPORAL_UI_PUBLIC_PATH": path,
        "TEMPORAL_CODEC_ENDPOINT": declared.ui.codec_endpoint,
        **tls.ui_environment(cluster),
    }
    environment: list[dict[str, Any]] = []
    if ui.oidc:
        variables |= {
            "TEMPORAL_AUTH_ENABLED": "true",
            "TEMPORAL_AUTH_TYPE": "oidc",
            "TEMPORAL_AUTH_PROVIDER_URL": ui.oidc,
            "TEMPORAL_AUTH_ISSUER_URL": ui.oidc,
            "TEMPORAL_AUTH_CLIENT_ID": ui.client_id,
            "TEMPORAL_AUTH_CALLBACK_URL": f"{origin}{path}/auth/sso/callback",
            "TEMPORAL_AUTH_SCOPES": "openid,profile,email",
        }
        reference = {"name": cluster.secret_names["ui-oidc"], "key": "client-secret"}
        environment = [{"name": "TEMPORAL_AUTH_CLIENT_SECRET", "valueFrom": {"secretKeyRef": reference}}]
    plain = [{"name": name, "value": value} for name, value in variables.items() if value]
    return plain + environment


def _web_ingress(cluster: Kubernetes) -> dict[str, Any]:
    ingress: dict[str, Any] = {"enabled": True, "hosts": [cluster.ui.host]}
    if cluster.ingress_class:
        ingress["className"] = cluster.ingress_class
    if cluster.tls.issuer:
        ingress["annotations"] = {"cert-manager.io/cluster-issuer": cluster.tls.issuer}
    ingress["tls"] = [{"secretName": cluster.secret_names["ui-tls"], "hosts": [cluster.ui.host]}]
    return ingress


def _image(image: Image) -> dict[str, Any]:
    return {"repository": image.repository, "tag": image.tag, "pullPolicy": "IfNotPresent"}
