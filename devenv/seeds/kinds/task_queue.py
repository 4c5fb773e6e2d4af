"""Task queues: the rate limits of their activity tasks.

A server keeps limits for each type of a task queue, and refuses those of workflow tasks. It takes limits of
Nexus tasks as it takes those of activities; seeds declare the latter alone. Tried on the servers 1.31.2 and
1.32.2, and on 1.32.0 in `temporal server start-dev`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from devenv.project.names import check_free_name
from devenv.seeds.importer import objection
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import usable_namespaces
from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS, NexusEndpointSpec
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.seed_model import Key, Name, Spec
from devenv.temporal.protocol import TaskQueue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.changes import Change
    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.kinds.kind import Differences
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Gateway

# The server keeps limits as numbers of 32 bits.
_LARGEST_LIMIT = 3.4e38
_PRECISION = 1e-6
_LIMITS = ("rate_limit", "fairness_key_rate_limit")

_RESERVED_PREFIX = "/_sys/"


def _check_name(name: str) -> str:
    if name.startswith(_RESERVED_PREFIX):
        raise ValueError(f'the name "{name}" begins with {_RESERVED_PREFIX}, which the server refuses')
    return check_free_name(name)


RateLimit = Annotated[float, Field(ge=0, le=_LARGEST_LIMIT, allow_inf_nan=False)]


class TaskQueueSpec(Spec):
    """Rate limits of the activity tasks of a task queue, per second; one that is not declared is unset.

    `rate_limit` is that of the whole queue, `fairness_key_rate_limit` that of each fairness key, times the
    weight of the key.
    """

    identity: ClassVar[tuple[str, ...]] = ("namespace", "name")
    namespace_path: ClassVar[tuple[str, ...]] = ("namespace",)
    unsupported: ClassVar[frozenset[str]] = frozenset(
        {"fairness_weight_overrides", "reason", "task_queue_type", "type"}
    )
    called_here: ClassVar[dict[str, str]] = {
        "fairness_key_rate_limit_default": "fairness_key_rate_limit",
        "fairness_key_rps_limit_default": "fairness_key_rate_limit",
        "fairness_keys_rate_limit_default": "fairness_key_rate_limit",
        "queue_rate_limit": "rate_limit",
        "queue_rps_limit": "rate_limit",
        "requests_per_second": "rate_limit",
        "task_queue": "name",
    }

    name: Annotated[str, AfterValidator(_check_name)]
    namespace: Name
    rate_limit: RateLimit | None = None
    fairness_key_rate_limit: RateLimit | None = None


class TaskQueues(Kind[TaskQueue]):
    """Task queues that have a rate limit; a server has no record of the others."""

    name = "task_queue"
    title = "task queue"
    section = "task_queues"
    model = TaskQueueSpec
    import_note = (
        "The server lists no task queues: only those that schedules and Nexus endpoints name are looked at."
    )

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, TaskQueue]:
        specs = seeds.of(TaskQueueSpec)
        queues = [(spec.namespace, spec.name) for spec in specs if spec.namespace in server.namespaces]
        if undeclared_in is not None:
            queues += [queue for queue in _named(seeds, server) if queue[0] in undeclared_in]
        found = gateway.task_queues(list(dict.fromkeys(queues)))
        return {Key(*queue): limits for queue, limits in found.items()}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        for spec in seeds.of(TaskQueueSpec):
            found = observed.of(self).get(spec.key, TaskQueue(spec.namespace, spec.name))
            yield from self.updates(spec, _differences(to_task_queue(spec), found))

    def target(self, changes: Sequence[Change]) -> TaskQueue:
        change = changes[0]
        return to_task_queue(change.spec) if change.spec else TaskQueue(change.namespace or "", change.name)

    def words(self, field: str, value: Any) -> str:
        return "none" if value is None else f"{value:g}"

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        declared = {spec.key for spec in source.declared.of(TaskQueueSpec)}
        usable = usable_namespaces(source, result)
        for key, queue in sorted(source.observed.of(self).items()):
            if key in declared or queue.namespace not in source.chosen:
                continue
            reason = _objection(queue, usable)
            if reason:
                result.skip(self, key, reason)
            else:
                result.add(self, _item(queue))


TASK_QUEUES = TaskQueues()


def to_task_queue(spec: TaskQueueSpec) -> TaskQueue:
    """Return the task queue with the limits that `spec` declares."""
    return TaskQueue(spec.namespace, spec.name, spec.rate_limit, spec.fairness_key_rate_limit)


def declared_queues(seeds: Seeds) -> list[tuple[str, str]]:
    """Return namespace and name of every task queue that `seeds` name anywhere."""
    declared = [(spec.namespace, spec.name) for spec in seeds.of(TaskQueueSpec)]
    declared += [(spec.namespace, spec.task_queue) for spec in seeds.of(ScheduleSpec)]
    targets = (spec.target for spec in seeds.of(NexusEndpointSpec))
    declared += [(each.namespace, each.task_queue) for each in targets if each.namespace and each.task_queue]
    return list(dict.fromkeys(declared))


def _named(seeds: Seeds, server: Observed) -> Iterator[tuple[str, str]]:
    """Yield the task queues that schedules and Nexus endpoints name: the server cannot list task queues.

    Those are the declared schedules and endpoints; for an import, which has no seeds, those of the server.
    """
    if seeds.specs:
        yield from ((spec.namespace, spec.task_queue) for spec in seeds.of(ScheduleSpec))
        yield from ((spec.target.namespace, spec.target.task_queue) for spec in seeds.of(NexusEndpointSpec))
    else:
        yield from ((each.namespace, each.task_queue) for each in server.of(SCHEDULES).values())
        yield from ((each.namespace, each.task_queue) for each in server.of(NEXUS_ENDPOINTS).values())


def _differences(desired: TaskQueue, observed: TaskQueue) -> Differences:
    for name in _LIMITS:
        before, after = getattr(observed, name), getattr(desired, name)
        if not _is_equal(before, after):
            yield name, before, after


def _is_equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_PRECISION)


def _item(queue: TaskQueue) -> dict[str, Any]:
    limits = {name: getattr(queue, name) for name in _LIMITS}
    shown = {name: float(f"{limit:.7g}") for name, limit in limits.items() if limit is not None}
    return {"name": queue.name, "namespace": queue.namespace, **shown}


def _objection(queue: TaskQueue, usable: Collection[str]) -> str | None:
    if queue.namespace not in usable:
        return f"the namespace {queue.namespace} is left out"
    return objection(
        TaskQueueSpec, _item(queue), lambda spec: not list(_differences(to_task_queue(spec), queue))
    )
