"""The outside probe: the same for every contestant, knowing nothing of how it was started."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    StartWorkflowExecutionRequest,
)
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from tools.bench.ports import BenchError, holder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

POLL_S = 0.05
GIVE_UP_S = 180.0
RPC_TIMEOUT = timedelta(seconds=3)


@dataclass(frozen=True)
class Target:
    """A server to be measured: its port, a namespace, and what tells whether the port is the contestant's.

    `has_ended` tells whether whoever was to start it is done in failure.
    """

    name: str
    port: int
    namespace: str
    is_its_own: Callable[[], bool]
    has_ended: Callable[[], bool]


@dataclass(frozen=True)
class Sighting:
    """Seconds since `began` until a workflow could be started, and until it was found by a query."""

    started_s: float
    found_s: float


def watch(target: Target, began: float) -> Sighting:
    """Try to start a workflow on `target` until it works, then look for it until it is found.

    `began` is a `time.monotonic()`. Nothing is sent before the port is known to be the contestant's own; that
    is asked again in the end.

    Raises:
        BenchError: It did not work out in time, or somebody else has the port.
    """
    sighting = asyncio.run(_watch(target, began))
    if not target.is_its_own():
        raise BenchError(f"port {target.port} answered, but {holder(target.port)} has it, not {target.name}")
    return sighting


async def _watch(target: Target, began: float) -> Sighting:
    async def is_its_own() -> bool:
        return target.is_its_own()

    await _until_true(is_its_own, target, began)
    client = await ServiceClient.connect(
        ConnectConfig(target_host=f"127.0.0.1:{target.port}", lazy=True, identity="bench")
    )
    workflow = f"bench-{uuid.uuid4().hex[:8]}"
    await _until_true(lambda: _start(client, target.namespace, workflow), target, began)
    started = time.monotonic() - began
    await _until_true(lambda: _is_found(client, target.namespace, workflow), target, began)
    found = time.monotonic() - began
    await _delete(client, target.namespace, workflow)
    return Sighting(started, found)


async def _until_true(attempt: Callable[[], Awaitable[bool]], target: Target, began: float) -> None:
    while time.monotonic() - began < GIVE_UP_S:
        has_ended = target.has_ended()  # asked before the attempt, which may be the one that works
        try:
            if await attempt():
                return
        except (RPCError, RuntimeError):
            # Not there yet, in one of the many ways in which a server can be not there yet.
            pass
        if has_ended:
            raise BenchError(f"{target.name} could not be started; whoever starts it ended in failure")
        await asyncio.sleep(POLL_S)
    raise BenchError(f"{target.name} could not be used on port {target.port} within {GIVE_UP_S:.0f} s")


async def _start(client: ServiceClient, namespace: str, workflow: str) -> bool:
    lifetime = Duration()
    lifetime.FromTimedelta(timedelta(minutes=5))
    await client.workflow_service.start_workflow_execution(
        StartWorkflowExecutionRequest(
            namespace=namespace,
            workflow_id=workflow,
            workflow_type=WorkflowType(name="bench"),
            task_queue=TaskQueue(name=workflow),
            workflow_execution_timeout=lifetime,
            request_id=workflow,
        ),
        timeout=RPC_TIMEOUT,
    )
    return True


async def _is_found(client: ServiceClient, namespace: str, workflow: str) -> bool:
    request = ListWorkflowExecutionsRequest(
        namespace=namespace, page_size=1, query=f'WorkflowId = "{workflow}"'
    )
    response = await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)
    return bool(response.executions)


async def _delete(client: ServiceClient, namespace: str, workflow: str) -> None:
    request = DeleteWorkflowExecutionRequest(namespace=namespace)
    request.workflow_execution.workflow_id = workflow
    await client.workflow_service.delete_workflow_execution(request, timeout=RPC_TIMEOUT)
