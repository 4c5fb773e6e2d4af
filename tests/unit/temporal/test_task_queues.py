"""Who polls a task queue, by what a server remembers of pollers and what workers have said last."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueueStats
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerInfo
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueResponse,
    ListWorkersResponse,
    ListWorkflowExecutionsResponse,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.task_queues import queue_activity

if TYPE_CHECKING:
    from temporalio.api.workflowservice.v1 import (
        DescribeTaskQueueRequest,
        ListWorkersRequest,
        ListWorkflowExecutionsRequest,
    )
    from temporalio.service import ServiceClient

    from devenv.temporal.protocol import QueueActivity

RUNNING, ENDED = WorkerStatus.WORKER_STATUS_RUNNING, WorkerStatus.WORKER_STATUS_SHUTTING_DOWN


@dataclass
class Server:
    """A server whose workflow tasks are polled by `pollers`; activity tasks by nobody."""

    pollers: list[PollerInfo] = field(default_factory=list)
    heartbeats: list[WorkerHeartbeat] = field(default_factory=list)
    workflows: list[WorkflowExecutionInfo] = field(default_factory=list)
    refusal: RPCError | None = None

    @property
    def workflow_service(self) -> Server:
        return self

    async def list_workers(self, _: ListWorkersRequest, **__: object) -> ListWorkersResponse:
        if self.refusal:
            raise self.refusal
        return ListWorkersResponse(
            workers_info=[WorkerInfo(worker_heartbeat=each) for each in self.heartbeats]
        )

    async def list_workflow_executions(
        self, _: ListWorkflowExecutionsRequest, **__: object
    ) -> ListWorkflowExecutionsResponse:
        return ListWorkflowExecutionsResponse(executions=self.workflows)

    async def describe_task_queue(
        self, request: DescribeTaskQueueRequest, **_: object
    ) -> DescribeTaskQueueResponse:
        if request.task_queue_type == TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY:
            return DescribeTaskQueueResponse()
        stats = TaskQueueStats(approximate_backlog_count=3)
        stats.approximate_backlog_age.FromSeconds(40)
        return DescribeTaskQueueResponse(pollers=self.pollers, stats=stats)


def ago(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) - timedelta(seconds=seconds))
    return stamp


def poller(seconds_ago: float, identity: str = "1@host") -> PollerInfo:
    return PollerInfo(identity=identity, last_access_time=ago(seconds_ago))


def heartbeat(seconds_ago: float, status: WorkerStatus.ValueType, queue: str = "q") -> WorkerHeartbeat:
    return WorkerHeartbeat(
        worker_identity="1@host",
        task_queue=queue,
        sdk_name="temporal-go",
        sdk_version="1.38.0",
        status=status,
        heartbeat_time=ago(seconds_ago),
    )


def workflow(queue: str, identifier: str = "order-1") -> WorkflowExecutionInfo:
    return WorkflowExecutionInfo(execution=WorkflowExecution(workflow_id=identifier), task_queue=queue)


def look(server: Server, *declared: str, limit: int = 9) -> list[QueueActivity]:
    queues = [("orders", name) for name in declared]
    return asyncio.run(queue_activity(cast("ServiceClient", server), ["orders"], queues, limit))


def test_a_poller_is_told_with_its_sdk_and_what_waits() -> None:
    [queue] = look(Server([poller(5)], [heartbeat(3, RUNNING)]), "q")
    workflows, activities = queue.tasks
    [found] = workflows.pollers
    assert (found.identity, found.sdk) == ("1@host", "temporal-go 1.38.0")
    assert (workflows.backlog, workflows.backlog_age) == (3, timedelta(seconds=40))
    assert (activities.kind, list(activities.pollers), activities.seen_at) == ("activity", [], None)


def test_a_worker_that_said_goodbye_polls_no_more() -> None:
    """The server remembers its poll for minutes; when it went is known."""
    goodbye = heartbeat(40, ENDED)
    [queue] = look(Server([poller(50)], [goodbye]), "q")
    assert list(queue.tasks[0].pollers) == []
    assert queue.tasks[0].seen_at == goodbye.heartbeat_time.ToDatetime(UTC)


def test_another_worker_of_the_same_identity_polls() -> None:
    """In a container every worker is process 1 of the same host."""
    [queue] = look(Server([poller(5)], [heartbeat(40, ENDED)]), "q")
    assert len(queue.tasks[0].pollers) == 1


def test_the_last_word_of_a_worker_counts() -> None:
    """In whatever order they are listed."""
    [queue] = look(Server([poller(50)], [heartbeat(40, ENDED), heartbeat(60, RUNNING)]), "q")
    assert list(queue.tasks[0].pollers) == []


def test_a_worker_that_was_killed_is_gone_when_its_poll_must_have_ended() -> None:
    [queue] = look(Server([poller(90), poller(1, "2@host")]), "q")
    assert [each.identity for each in queue.tasks[0].pollers] == ["2@host"]


def test_task_queues_are_those_declared_polled_or_with_open_workflows() -> None:
    """Those that are declared come first; canaries of devenv are no workflows of anybody."""
    server = Server(
        heartbeats=[heartbeat(1, RUNNING, "polled")],
        workflows=[workflow("open"), workflow("canary", "devenv-canary-1"), workflow("polled")],
    )
    assert [each.name for each in look(server, "q")] == ["q", "open", "polled"]
    assert [each.name for each in look(server, "q", limit=2)] == ["q", "open"]


def test_a_server_that_knows_no_heartbeats_tells_of_pollers() -> None:
    refusal = RPCError("unknown method", RPCStatusCode.UNIMPLEMENTED, b"")
    [queue] = look(Server([poller(5)], refusal=refusal), "q")
    assert [each.sdk for each in queue.tasks[0].pollers] == [""]


def test_a_refusal_is_none_of_no_workers() -> None:
    refusal = RPCError("no", RPCStatusCode.PERMISSION_DENIED, b"")
    with pytest.raises(RPCError):
        look(Server(refusal=refusal), "q")
