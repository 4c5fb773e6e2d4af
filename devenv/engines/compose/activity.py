"""What the services of a stack that is coming up do now, in words for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.project.services import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.engines.protocol import Service

# What each service of the stack file waits for, in this order: a service that has to be healthy, then a
# one-shot that has to have ended.
_WAITS_FOR = {
    "temporal": (
        ("postgres", "sql-schema"),
        ("waiting for the database", "waiting for the database schema, which is being made"),
    ),
    "ui": (
        ("opensearch", "visibility-index"),
        ("waiting for the search index", "waiting for the index of workflows, which is being made"),
    ),
}
_IN_WORDS = {
    "created": "about to be started",
    "restarting": "starting again",
    "paused": "paused",
    "exited": "stopped",
    "dead": "stopped",
}


def with_activities(services: Sequence[Service], one_shots: Mapping[str, str]) -> list[Service]:
    """Return `services`, each with what it does; `one_shots` are the states of those that exist, by name."""
    health = {service.name: service.health for service in services}
    return [replace(each, activity=_activity(each, health, one_shots)) for each in services]


def _activity(service: Service, health: Mapping[str, str | None], one_shots: Mapping[str, str]) -> str:
    if service.state == "running":
        starting = f"{TITLES[service.name]} is starting" if service.name in TITLES else "starting"
        return {"starting": starting, "unhealthy": "its health check fails"}.get(service.health or "", "")
    if service.state == "created" and service.name in _WAITS_FOR:
        (needed, one_shot), (for_service, for_one_shot) = _WAITS_FOR[service.name]
        if needed not in health and len(health) > 1:
            # Compose makes what a service depends on before it: this stack has no such part.
            return _IN_WORDS[service.state]
        if health.get(needed) != "healthy":
            return for_service
        if one_shots.get(one_shot) != "exited":
            return for_one_shot
    return _IN_WORDS.get(service.state, service.state)
