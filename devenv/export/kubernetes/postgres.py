"""The Postgres of the server: where it is, how it is waited for, and the one that CloudNativePG runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes import security

if TYPE_CHECKING:
    from devenv.export.kubernetes.declaration import Declaration
    from devenv.project.kubernetes import Kubernetes

USER_OF_CLUSTER = "temporal"

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
