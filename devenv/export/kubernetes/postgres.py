"""The Postgres of the server: where it is, how it is waited for, and the one that CloudNativePG runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes import security
from devenv.export.kubernetes.declaration import manifest
from devenv.export.kubernetes.sizes import most_connections, size_of

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Declaration, Manifest
    from devenv.project.kubernetes import Kubernetes

USER_OF_CLUSTER = "temporal"

# By it `just uninstall` knows what it keeps.
_LABELS = {"app.kubernetes.io/component": "database"}
_API = "postgresql.cnpg.io/v1"
_IMAGE = "ghcr.io/cloudnative-pg/postgresql"
# Backups inside the operator itself are gone with its version 1.32: https://cloudnative-pg.io/plugin-barman-cloud
_BARMAN = "barman-cloud.cloudnative-pg.io"
# With one standby, its absence would stop all writes.
_WITH_STANDBYS = 2

# A quarter of an hour: an operator may have to pull images and to bind volumes first.
_WAIT = """\
host=$1 port=$2 tries=180
until nc -z -w 5 "$host" "$port"; do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then
    echo "Postgres does not answer at $host:$port, for a quarter of an hour" >&2
    exit 1
  fi
  echo "waiting for Postgres at $host:$port"
  sleep 5
done
"""


def cluster_name(cluster: Kubernetes) -> str:
    """Return the name of the object of CloudNativePG."""
    return f"{cluster.fullname}-postgres"


def where_postgres_is(cluster: Kubernetes) -> str:
    """Return its address inside the cluster, as `host:port`."""
    if cluster.postgres.by == "external":
        return cluster.postgres.address
    return f"{cluster_name(cluster)}-rw.{cluster.namespace}.svc:5432"


def waiting_for_postgres(declared: Declaration) -> dict[str, Any]:
    """Return a container that ends once Postgres answers.

    A job that begins before that fails, and each retry comes later than the one before.
    """
    host, _, port = where_postgres_is(declared.cluster).rpartition(":")
    return {
        "name": "wait-for-postgres",
        "image": str(declared.image("admin-tools")),
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", _WAIT, "wait", host, port],
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
        "securityContext": security.CONTAINER,
    }


def postgres(declared: Declaration) -> list[Manifest]:
    """Return a Postgres of CloudNativePG with its backups; nothing for one that is outside."""
    cluster = declared.cluster
    if cluster.postgres.by != "cnpg":
        return []
    backups = [_object_store(cluster), _scheduled_backup(cluster)] if cluster.postgres.backups else []
    return [_cluster(declared), *backups]


def _cluster(declared: Declaration) -> Manifest:
    cluster = declared.cluster
    size = size_of(cluster)
    tuning = size.database
    postgresql: dict[str, Any] = {
        "parameters": {"max_connections": str(most_connections(size)), **tuning.parameters}
    }
    if tuning.instances > _WITH_STANDBYS:
        # A commit is on a second node before the server goes on.
        postgresql["synchronous"] = {"method": "any", "number": 1}
    spec: dict[str, Any] = {
        "imageName": f"{_IMAGE}:{declared.versions['postgres']}",
        "instances": tuning.instances,
        "bootstrap": {
            "initdb": {
                "database": "temporal",
                "owner": USER_OF_CLUSTER,
                "secret": {"name": cluster.secret_names["postgres"]},
                "postInitSQL": [f"CREATE DATABASE temporal_visibility OWNER {USER_OF_CLUSTER}"],
            }
        },
        "postgresql": postgresql,
        "resources": tuning.resources.to_document(),
        "storage": _storage(cluster),
        "affinity": {"enablePodAntiAffinity": True, "podAntiAffinityType": "preferred"},
    }
    if cluster.postgres.backups:
        spec["plugins"] = [
            {
                "name": _BARMAN,
                "isWALArchiver": True,
                "parameters": {"barmanObjectName": cluster_name(cluster)},
            }
        ]
    return manifest(_API, "Cluster", cluster_name(cluster), cluster.namespace, labels=_LABELS, spec=spec)


def _storage(cluster: Kubernetes) -> dict[str, Any]:
    storage = {"size": cluster.postgres.storage}
    return storage | ({"storageClass": name} if (name := cluster.postgres.storage_class) else {})


def _object_store(cluster: Kubernetes) -> Manifest:
    secret = cluster.secret_names["backups"]
    configuration: dict[str, Any] = {
        "destinationPath": cluster.postgres.backups,
        "s3Credentials": {
            "accessKeyId": {"name": secret, "key": "ACCESS_KEY_ID"},
            "secretAccessKey": {"name": secret, "key": "ACCESS_SECRET_KEY"},
        },
        "wal": {"compression": "gzip"},
        "data": {"compression": "gzip"},
    }
    if cluster.postgres.endpoint:
        configuration["endpointURL"] = cluster.postgres.endpoint
    return manifest(
        "barmancloud.cnpg.io/v1",
        "ObjectStore",
        cluster_name(cluster),
        cluster.namespace,
        labels=_LABELS,
        spec={"configuration": configuration, "retentionPolicy": cluster.postgres.retention},
    )


def _scheduled_backup(cluster: Kubernetes) -> Manifest:
    return manifest(
        _API,
        "ScheduledBackup",
        cluster_name(cluster),
        cluster.namespace,
        labels=_LABELS,
        spec={
            "cluster": {"name": cluster_name(cluster)},
            # Seconds come first: each night at two.
            "schedule": "0 0 2 * * *",
            "immediate": True,
            "backupOwnerReference": "self",
            "method": "plugin",
            "pluginConfiguration": {"name": _BARMAN},
        },
    )
