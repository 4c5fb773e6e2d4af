"""What happens on task queues: who polls them, and what waits there, as the server sees it.

A server lists no task queues: those are looked at that are declared, that workers say they poll, and that
open workflows are on. It remembers a poller for five minutes, and a worker that is there begins a poll at
least once a minute; what tells when one has ended is the last heartbeat of its SDK, which ends by saying so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue as TaskQueueMessage
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    ListWorkersRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.connection import RPC_TIMEOUT, each
from devenv.temporal.protocol import CANARY_PREFIX, Poller, QueueActivity, Tasks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from google.protobuf.timestamp_pb2 import Timestamp
    from temporalio.api.taskqueue.v1 import PollerInfo
    from temporalio.api.worker.v1 import WorkerHeartbeat
    from temporalio.service import ServiceClient

# Of a namespace: the newest open workflows tell which task queues matter.
OPEN_WORKFLOWS = 100
WORKERS = 500
# A poll takes a minute where nothing comes (matching.longPollExpirationInterval); then the next one begins.
LONGEST_POLL = timedelta(seconds=70)
_KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_ENDED = {WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN}
# Servers that know no heartbeats of workers, or have them switched off, and namespaces that are gone.
_UNKNOWN = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}


@dataclass
class _Workers:
    """What workers said of themselves last, by task queue and identity; a later one has the same identity."""

    heartbeats: dict[tuple[str, str], WorkerHeartbeat] = field(default_factory=dict)

    def add(self, heartbeat: WorkerHeartbeat) -> None:
        key = (heartbeat.task_queue, heartbeat.worker_identity)
        known = self.heartbeats.get(key)
        if known is None or _moment(known.heartbeat_time) < _moment(heartbeat.heartbeat_time):
            self.heartbeats[key] = heartbeat

    def sdk(self, queue: str, identity: str) -> str:
        heartbeat = self.heartbeats.get((queue, identity))
        return f"{heartbeat.sdk_name} {heartbeat.sdk_version}" if heartbeat is not None else ""

    def ended_at(self, queue: str, identity: str) -> datetime | None:
        heartbeat = self.heartbeats.get((queue, identity))
        ended = heartbeat is not None and heartbeat.status in _ENDED
        return _moment(heartbeat.heartbeat_time) if heartbeat is not None and ended else None


async def queue_activity(
    client: ServiceClient, namespaces: Collection[str], declared: Collection[tuple[str, str]], limit: int
) -> list[QueueActivity]:
    """Return what happens on the task queues of `namespaces`, of no more than `limit` of each.

    Those that are declared come first.

    Raises:
        RPCError: The server refuses a question, or does not answer.
    """
    workers = dict(zip(namespaces, await each(lambda name: _workers(client, name), namespaces), strict=True))
    found = await each(lambda name: _queues_of_workflows(client, name), namespaces)
    chosen: list[tuple[str, str]] = []
    for namespace, open_ones in zip(namespaces, found, strict=True):
        polled = {queue for queue, _ in workers[namespace].heartbeats}
        own = [name for owner, name in declared if owner == namespace]
        names = dict.fromkeys([*own, *sorted(open_ones | polled)])
        chosen += [(namespace, name) for name in list(names)[:limit]]
    return await each(lambda queue: _activity(client, *queue, workers[queue[0]]), chosen)


async def _workers(client: ServiceClient, namespace: str) -> _Workers:
    workers = _Workers()
    request = ListWorkersRequest(namespace=namespace, page_size=WORKERS)
    try:
        listed = await client.workflow_service.list_workers(request, timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status in _UNKNOWN:
            return workers
        raise
    for info in listed.workers_info:
        workers.add(info.worker_heartbeat)
    return workers


async def _queues_of_workflows(client: ServiceClient, namespace: str) -> set[str]:
    request = ListWorkflowExecutionsRequest(
        namespace=namespace, query='ExecutionStatus = "Running"', page_size=OPEN_WORKFLOWS
    )
    try:
        listed = await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status in _UNKNOWN:
            return set()
        raise
    executions = (
        each for each in listed.executions if not each.execution.workflow_id.startswith(CANARY_PREFIX)
    )
    return {each.task_queue for each in executions if each.task_queue}


async def _activity(client: ServiceClient, namespace: str, name: str, workers: _Workers) -> QueueActivity:
    async def tasks(kind: str) -> Tasks:
        request = DescribeTaskQueueRequest(
            namespace=namespace,
            task_queue=TaskQueueMessage(name=name),
            task_queue_type=_KINDS[kind],
            report_stats=True,
        )
        described = await client.workflow_service.describe_task_queue(request, timeout=RPC_TIMEOUT)
        pollers, seen_at = _pollers(name, described.pollers, workers)
        return Tasks(
            kind,
            pollers,
            seen_at,
            described.stats.approximate_backlog_count,
            described.stats.approximate_backlog_age.ToTimedelta(),
        )

    return QueueActivity(namespace, name, await each(tasks, _KINDS))


def _pollers(
    queue: str, infos: Iterable[PollerInfo], workers: _Workers
) -> tuple[list[Poller], datetime | None]:
    """Return who polls now, and when the last one that the server remembers was seen."""
    now = datetime.now(UTC)
    pollers, seen = [], []
    for info in infos:
        polled_at, ended_at = _moment(info.last_access_time), workers.ended_at(queue, info.identity)
        is_there = now - polled_at < LONGEST_POLL and (ended_at is None or ended_at < polled_at)
        seen.append(max(polled_at, ended_at or polled_at))
        if is_there:
            pollers.append(Poller(info.identity, polled_at, workers.sdk(queue, info.identity)))
    return pollers, max(seen, default=None)


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
