"""The outside probe: the same for every contestant, knowing nothing of how it was started."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    StartWorkflowExecutionRequest,
)
from temporalio.service import ConnectConfig, RPCError, ServiceClient

POLL_S = 0.05
GIVE_UP_S = 180.0
RPC_TIMEOUT = timedelta(seconds=3)


@dataclass(frozen=True)
class Sighting:
    """Seconds since `began` until a workflow could be started, and until it was found by a query."""

    started_s: float
    found_s: float


def watch(address: str, namespace: str, began: float) -> Sighting:
    """Try to start a workflow in `namespace` until it works, then look for it until it is found.

    `began` is a `time.monotonic()`.

    Raises:
        TimeoutError: It did not work out in time.
    """
    return asyncio.run(_watch(address, namespace, began))


async def _watch(address: str, namespace: str, began: float) -> Sighting:
    client = await ServiceClient.connect(ConnectConfig(target_host=address, lazy=True))
    workflow = f"bench-{uuid.uuid4().hex[:8]}"
    await _until_true(lambda: _start(client, namespace, workflow), began)
    started = time.monotonic() - began
    await _until_true(lambda: _is_found(client, namespace, workflow), began)
    found = time.monotonic() - began
    await _delete(client, namespace, workflow)
    return Sighting(started, found)


async def _until_true(attempt: object, began: float) -> None:
    while time.monotonic() - began < GIVE_UP_S:
        try:
            if await attempt():  # type: ignore[operator]
                return
        except (RPCError, RuntimeError):
            # Not there yet, in one of the many ways in which a server can be not there yet.
            pass
        await asyncio.sleep(POLL_S)
    raise TimeoutError(f"nothing after {GIVE_UP_S:.0f} s")


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
