"""Canary workflows: the proof that a namespace is usable.

A namespace that is registered may still refuse starts for seconds, and a workflow that was started may not be
found by anybody while the visibility store is not there. So one is started in each namespace on a task queue
nobody polls, looked for with a visibility query, deleted, and seen gone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    StartWorkflowExecutionRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.connection import each

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
    from typing import Any

    from temporalio.service import ServiceClient

CANARY_PREFIX = "devenv-canary-"
# Were devenv killed between start and delete, the workflow would end by itself after this time.
CANARY_LIFETIME = timedelta(seconds=10)
RPC_TIMEOUT = timedelta(seconds=5)


@dataclass
class _Canary:
    namespace: str
    workflow_id: str
    run_id: str | None = None
    is_found: bool = False
    is_delete_sent: bool = False
    is_gone: bool = False


class ServerCanaries:
    """`Canaries` on a server; `connect` gives the client, `run` runs a coroutine to its end."""

    def __init__(
        self,
        namespaces: Iterable[str],
        connect: Callable[[], Awaitable[ServiceClient]],
        run: Callable[[Coroutine[Any, Any, list[str]]], list[str]],
    ) -> None:
        self._canaries = [_Canary(name, f"{CANARY_PREFIX}{uuid.uuid4().hex[:12]}") for name in namespaces]
        self._connect = connect
        self._run = run

    def start(self) -> Sequence[str]:
        waiting = [canary for canary in self._canaries if canary.run_id is None]
        return self._run(self._each(waiting, self._start, "does not accept a workflow start yet"))

    def find(self) -> Sequence[str]:
        waiting = [canary for canary in self._canaries if not canary.is_found]
        return self._run(self._each(waiting, self._find, "a started workflow is not found by visibility yet"))

    def delete(self) -> Sequence[str]:
        waiting = [canary for canary in self._canaries if not canary.is_gone]
        return self._run(self._each(waiting, self._delete, "the canary workflow is not gone yet"))

    async def _each(
        self,
        canaries: Sequence[_Canary],
        attempt: Callable[[ServiceClient, _Canary], Awaitable[bool]],
        missing: str,
    ) -> list[str]:
        client = await self._connect()
        problems = await each(lambda canary: _try(client, canary, attempt, missing), canaries)
        return [problem for problem in problems if problem is not None]

    async def _start(self, client: ServiceClient, canary: _Canary) -> bool:
        response = await client.workflow_service.start_workflow_execution(
            _start_request(canary), timeout=RPC_TIMEOUT
        )
        canary.run_id = response.run_id
        return True

    async def _find(self, client: ServiceClient, canary: _Canary) -> bool:
        canary.is_found = await _is_listed(client, canary)
        return canary.is_found

    async def _delete(self, client: ServiceClient, canary: _Canary) -> bool:
        if not canary.is_delete_sent:
            await _send_delete(client, canary)
            canary.is_delete_sent = True
        canary.is_gone = not await _is_listed(client, canary)
        return canary.is_gone


async def _try(
    client: ServiceClient,
    canary: _Canary,
    attempt: Callable[[ServiceClient, _Canary], Awaitable[bool]],
    missing: str,
) -> str | None:
    """Make one attempt; a refusal is what is still missing, since each of them may pass with time."""
    try:
        done = await attempt(client, canary)
    except RPCError as error:
        return f"namespace {canary.namespace}: {missing} ({error.message})"
    return None if done else f"namespace {canary.namespace}: {missing}"


def _start_request(canary: _Canary) -> StartWorkflowExecutionRequest:
    lifetime = Duration()
    lifetime.FromTimedelta(CANARY_LIFETIME)
    return StartWorkflowExecutionRequest(
        namespace=canary.namespace,
        workflow_id=canary.workflow_id,
        workflow_type=WorkflowType(name="devenv-canary"),
        task_queue=TaskQueue(name=canary.workflow_id),
        workflow_execution_timeout=lifetime,
        request_id=canary.workflow_id,
        identity="devenv",
    )


async def _is_listed(client: ServiceClient, canary: _Canary) -> bool:
    request = ListWorkflowExecutionsRequest(
        namespace=canary.namespace, page_size=1, query=f'WorkflowId = "{canary.workflow_id}"'
    )
    response = await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)
    return bool(response.executions)


async def _send_delete(client: ServiceClient, canary: _Canary) -> None:
    execution = WorkflowExecution(workflow_id=canary.workflow_id, run_id=canary.run_id or "")
    request = DeleteWorkflowExecutionRequest(namespace=canary.namespace, workflow_execution=execution)
    try:
        await client.workflow_service.delete_workflow_execution(request, timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
