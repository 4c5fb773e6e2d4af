"""Canary workflows: the proof that a namespace is usable.

A namespace that is registered may still refuse starts for seconds, and a workflow that was started may not be
found by anybody while the visibility store is not there. So one is started in each namespace on a task queue
nobody polls, looked for with a visibility query, deleted, and seen gone, with whatever an earlier proof that
was killed has left.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    StartWorkflowExecutionRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.connection import IDENTITY, RPC_TIMEOUT, each
from devenv.temporal.protocol import CANARY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
    from typing import Any

    from temporalio.service import ServiceClient

# Were devenv killed between start and delete, the workflow would end by itself after this time.
CANARY_LIFETIME = timedelta(seconds=10)
# Whoever pressed Ctrl-C waits for it.
FAREWELL = timedelta(seconds=1)
ANY_CANARY = f'WorkflowId STARTS_WITH "{CANARY_PREFIX}"'
PAGE_SIZE = 100


@dataclass
class _Canary:
    namespace: str
    workflow_id: str
    is_start_sent: bool = False
    is_started: bool = False
    is_found: bool = False


@dataclass
class _Place:
    """A namespace, and the runs of canaries there that were to be deleted: whether the server had them."""

    namespace: str
    runs: dict[str, bool] = field(default_factory=dict)
    is_clean: bool = False


Item = TypeVar("Item", _Canary, _Place)


class ServerCanaries:
    """`Canaries` on a server.

    `connect` gives the client, `run` runs a coroutine to its end, `registered` asks for all namespaces;
    `farewell` is how long `abandon` may take.
    """

    def __init__(
        self,
        namespaces: Iterable[str],
        connect: Callable[[], Awaitable[ServiceClient]],
        run: Callable[[Coroutine[Any, Any, list[str]]], list[str]],
        registered: Callable[[], Awaitable[Collection[str]]],
        farewell: timedelta = FAREWELL,
    ) -> None:
        self._canaries = [_Canary(name, f"{CANARY_PREFIX}{uuid.uuid4().hex[:12]}") for name in namespaces]
        self._places: list[_Place] = []
        self._connect = connect
        self._run = run
        self._registered = registered
        self._farewell = farewell

    def start(self) -> Sequence[str]:
        waiting = [canary for canary in self._canaries if not canary.is_started]
        return self._run(self._each(waiting, self._start, "does not accept a workflow start yet"))

    def find(self) -> Sequence[str]:
        waiting = [canary for canary in self._canaries if not canary.is_found]
        return self._run(self._each(waiting, self._find, "a started workflow is not found by visibility yet"))

    def delete(self) -> Sequence[str]:
        return self._run(self._sweep_all())

    def abandon(self) -> None:
        begun = [canary for canary in self._canaries if canary.is_start_sent]
        if begun:
            with suppress(RPCError, RuntimeError, TimeoutError):
                self._run(self._dismiss(begun))

    async def _each(
        self,
        items: Sequence[Item],
        attempt: Callable[[ServiceClient, Item], Awaitable[bool]],
        missing: str,
    ) -> list[str]:
        if not items:
            return []
        try:
            client = await self._connect()
        except RPCError as error:
            return [f"namespace {item.namespace}: {missing} ({error.message})" for item in items]
        problems = await each(lambda item: _try(client, item, attempt, missing), items)
        return [problem for problem in problems if problem is not None]

    async def _start(self, client: ServiceClient, canary: _Canary) -> bool:
        canary.is_start_sent = True
        await client.workflow_service.start_workflow_execution(_start_request(canary), timeout=RPC_TIMEOUT)
        canary.is_started = True
        return True

    async def _find(self, client: ServiceClient, canary: _Canary) -> bool:
        found = await listed(client, canary.namespace, f'WorkflowId = "{canary.workflow_id}"')
        canary.is_found = bool(found)
        return canary.is_found

    async def _sweep_all(self) -> list[str]:
        if not self._places:
            try:
                self._places = [_Place(name) for name in await self._registered()]
            except RPCError as error:
                return [f"the namespaces cannot be listed ({error.message})"]
        waiting = [place for place in self._places if not place.is_clean]
        return await self._each(waiting, self._sweep, "canary workflows are not gone yet")

    async def _sweep(self, client: ServiceClient, place: _Place) -> bool:
        left = await _left_in(client, place.namespace)
        for execution in left:
            if execution.run_id not in place.runs:
                place.runs[execution.run_id] = await delete(client, place.namespace, execution)
        # After a loss of data visibility may list what is no more; to wait for its end would be in vain.
        place.is_clean = not any(place.runs[execution.run_id] for execution in left)
        return place.is_clean

    async def _dismiss(self, canaries: Sequence[_Canary]) -> list[str]:
        async with asyncio.timeout(self._farewell.total_seconds()):
            return await self._each(canaries, _send_farewell, "")


async def _try(
    client: ServiceClient,
    item: Item,
    attempt: Callable[[ServiceClient, Item], Awaitable[bool]],
    missing: str,
) -> str | None:
    """Make one attempt; a refusal is what is still missing, since each of them may pass with time."""
    try:
        done = await attempt(client, item)
    except RPCError as error:
        return f"namespace {item.namespace}: {missing} ({error.message})"
    return None if done else f"namespace {item.namespace}: {missing}"


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
        identity=IDENTITY,
    )


async def listed(client: ServiceClient, namespace: str, query: str) -> Sequence[WorkflowExecution]:
    """Return the runs that a visibility query finds, up to a page of them."""
    request = ListWorkflowExecutionsRequest(namespace=namespace, page_size=PAGE_SIZE, query=query)
    response = await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)
    return [info.execution for info in response.executions]


async def _left_in(client: ServiceClient, namespace: str) -> Sequence[WorkflowExecution]:
    try:
        return await listed(client, namespace, ANY_CANARY)
    except RPCError as error:
        # A namespace that came a moment ago, or went: no canary was started there.
        if error.status == RPCStatusCode.NOT_FOUND:
            return []
        raise


async def _send_farewell(client: ServiceClient, canary: _Canary) -> bool:
    await delete(client, canary.namespace, WorkflowExecution(workflow_id=canary.workflow_id))
    return True


async def delete(client: ServiceClient, namespace: str, execution: WorkflowExecution) -> bool:
    """Ask for a deletion; return whether there was anything to delete."""
    request = DeleteWorkflowExecutionRequest(namespace=namespace, workflow_execution=execution)
    try:
        await client.workflow_service.delete_workflow_execution(request, timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
