"""How many of each role there are, and what each gets: the sizes `small` and `ha`.

`small` is what runs a team's development server; `ha` survives the loss of a node: three of each role that
clients wait for, five workers of the server, spread over nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.project.kubernetes import Kubernetes, RoleName, RoleSettings

SERVER_ROLES: Sequence[RoleName] = ("frontend", "history", "matching", "worker")
# A rolling update starts this part of new pods before old ones end, which is what Kubernetes does by default.
_SURGE = 0.25


@dataclass(frozen=True)
class Resources:
    """What a container is guaranteed, and what it may take, as quantities of Kubernetes."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str

    def to_document(self) -> dict[str, Any]:
        """Return the form of a container's `resources`."""
        return {
            "requests": {"cpu": self.cpu, "memory": self.memory},
            "limits": {"cpu": self.cpu_limit, "memory": self.memory_limit},
        }


@dataclass(frozen=True)
class Role:
    """The replicas of a role, and the resources of each."""

    replicas: int
    resources: Resources


@dataclass(frozen=True)
class DatabaseTuning:
    """A Postgres that suits the server: its instances, and settings that are read at start."""

    instances: int
    resources: Resources
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Size:
    """One size of everything; `connections` are those of a pod to its store, and to that of visibility."""

    roles: Mapping[RoleName, Role]
    database: DatabaseTuning
    connections: tuple[int, int]
    is_spread: bool
    """Whether replicas keep away from each other, and how many may be away at once is limited."""


_SERVER = Resources("200m", "512Mi", "1", "1Gi")

SIZES: Mapping[str, Size] = {
    "small": Size(
        roles={
            "frontend": Role(1, Resources("150m", "384Mi", "1", "768Mi")),
            "history": Role(1, Resources("200m", "512Mi", "1", "1Gi")),
            "matching": Role(1, Resources("150m", "384Mi", "1", "768Mi")),
            "worker": Role(1, Resources("100m", "256Mi", "500m", "512Mi")),
            "ui": Role(1, Resources("50m", "128Mi", "250m", "256Mi")),
        },
        database=DatabaseTuning(
            1,
            Resources("250m", "512Mi", "1", "768Mi"),
            {
                "shared_buffers": "128MB",
                "effective_cache_size": "384MB",
                "work_mem": "2MB",
                "maintenance_work_mem": "64MB",
            },
        ),
        connections=(8, 3),
        is_spread=False,
    ),
    "ha": Size(
        roles={
            "frontend": Role(3, _SERVER),
            "history": Role(3, Resources("500m", "1Gi", "2", "4Gi")),
            "matching": Role(3, _SERVER),
            "worker": Role(5, _SERVER),
            "ui": Role(2, Resources("100m", "128Mi", "500m", "512Mi")),
        },
        database=DatabaseTuning(
            3,
            Resources("1", "4Gi", "2", "4Gi"),
            {
                "shared_buffers": "1GB",
                "effective_cache_size": "3GB",
                "work_mem": "4MB",
                "maintenance_work_mem": "256MB",
            },
        ),
        connections=(16, 4),
        is_spread=True,
    ),
}


def size_of(cluster: Kubernetes) -> Size:
    """Return the size of `cluster`, with what its settings say of roles and of instances of Postgres."""
    size = SIZES[cluster.size]
    roles = {name: _changed(role, getattr(cluster.roles, name)) for name, role in size.roles.items()}
    instances = cluster.postgres.instances or size.database.instances
    return replace(size, roles=roles, database=replace(size.database, instances=instances))


def _changed(role: Role, settings: RoleSettings | None) -> Role:
    if settings is None:
        return role
    written = settings.model_dump(exclude={"replicas"})
    resources = replace(role.resources, **{name: value for name, value in written.items() if value})
    return Role(settings.replicas or role.replicas, resources)


def most_connections(size: Size) -> int:
    """Return how many connections Postgres has to take: of all pods in the middle of a rolling update."""
    pods = sum(replicas + math.ceil(replicas * _SURGE) for replicas in _replicas(size))
    # Postgres keeps three for superusers; the schema's job, psql and an exporter take a few.
    needed = pods * sum(size.connections) + 10
    return math.ceil(needed / 50) * 50


def _replicas(size: Size) -> list[int]:
    return [size.roles[name].replicas for name in SERVER_ROLES]
