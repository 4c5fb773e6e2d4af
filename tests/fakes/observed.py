"""What a server has, as a plan sees it, without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.kinds.task_queue import TASK_QUEUES
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.temporal.protocol import Namespace, NexusEndpoint, TaskQueue
    from devenv.temporal.schedules import Schedule


def having(
    namespaces: Iterable[Namespace] = (),
    attributes: Mapping[str, Mapping[str, str]] | None = None,
    endpoints: Iterable[NexusEndpoint] = (),
    schedules: Iterable[Schedule] = (),
    task_queues: Iterable[TaskQueue] = (),
    **fields: Any,
) -> Observed:
    """Return a server that has these; `attributes` are those of each namespace, name to type."""
    observed = Observed({each.name: each for each in namespaces}, **fields)
    return but(
        observed,
        attributes=attributes or {},
        endpoints=endpoints,
        schedules=schedules,
        task_queues=task_queues,
    )


def but(
    observed: Observed,
    *,
    attributes: Mapping[str, Mapping[str, str]] | None = None,
    endpoints: Iterable[NexusEndpoint] | None = None,
    schedules: Iterable[Schedule] | None = None,
    task_queues: Iterable[TaskQueue] | None = None,
) -> Observed:
    """Return the same server with other objects of some kinds."""
    objects: dict[str, Any] = dict(observed.objects)
    if attributes is not None:
        objects[SEARCH_ATTRIBUTES.name] = {
            Key(namespace, name): kind
            for namespace, types in attributes.items()
            for name, kind in types.items()
        }
    if endpoints is not None:
        objects[NEXUS_ENDPOINTS.name] = {Key(None, each.name): each for each in endpoints}
    if schedules is not None:
        objects[SCHEDULES.name] = {Key(*each.key): each for each in schedules}
    if task_queues is not None:
        objects[TASK_QUEUES.name] = {Key(each.namespace, each.name): each for each in task_queues}
    return replace(observed, objects=objects)
