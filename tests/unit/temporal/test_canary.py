"""Canary workflows against a server in memory; the requests are the SDK's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    DeleteWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
    ListWorkflowExecutionsResponse,
    StartWorkflowExecutionRequest,
    StartWorkflowExecutionResponse,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.canary import CANARY_PREFIX, ServerCanaries

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import timedelta
    from typing import Any

    from temporalio.service import ServiceClient


@dataclass
class FakeWorkflowService:
    """Workflows by namespace and id; visibility has those that `index` was called for, and forgets slowly."""

    refused: dict[tuple[str, str], RPCStatusCode] = field(default_factory=dict)
    running: dict[str, StartWorkflowExecutionRequest] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[DeleteWorkflowExecutionRequest] = field(default_factory=list)
    timeouts: list[timedelta | None] = field(default_factory=list)
    forgets_at_once: bool = True

    async def start_workflow_execution(
        self, request: StartWorkflowExecutionRequest, **options: timedelta
    ) -> StartWorkflowExecutionResponse:
        self._note("start", request.namespace, options.get("timeout"))
        self.running[request.workflow_id] = request
        return StartWorkflowExecutionResponse(run_id=f"run of {request.workflow_id}")

    async def list_workflow_executions(
        self, request: ListWorkflowExecutionsRequest, **options: timedelta
    ) -> ListWorkflowExecutionsResponse:
        self._note("list", request.namespace, options.get("timeout"))
        found = [each for each in self.visible if request.query == f'WorkflowId = "{each}"']
        return ListWorkflowExecutionsResponse(executions=[WorkflowExecutionInfo() for _ in found])

    async def delete_workflow_execution(
        self, request: DeleteWorkflowExecutionRequest, **options: timedelta
    ) -> DeleteWorkflowExecutionResponse:
        self._note("delete", request.namespace, options.get("timeout"))
        self.deleted.append(request)
        workflow = request.workflow_execution.workflow_id
        self.running.pop(workflow, None)
        if self.forgets_at_once:
            self.visible.discard(workflow)
        return DeleteWorkflowExecutionResponse()

    def index(self) -> None:
        """Have visibility know all that runs."""
        self.visible |= self.running.keys()

    def _note(self, call: str, namespace: str, timeout: timedelta | None) -> None:
        self.calls.append((call, namespace))
        self.timeouts.append(timeout)
        status = self.refused.get((call, namespace))
        if status is not None:
            raise RPCError(f"{call} is refused", status, b"")


@dataclass
class FakeClient:
    """A `ServiceClient` as far as canaries know it."""

    workflow_service: FakeWorkflowService = field(default_factory=FakeWorkflowService)


def make(*namespaces: str) -> tuple[ServerCanaries, FakeWorkflowService]:
    client = FakeClient()

    async def connect() -> ServiceClient:
        return cast("ServiceClient", client)

    def run(work: Coroutine[Any, Any, list[str]]) -> list[str]:
        return asyncio.run(work)

    return ServerCanaries(namespaces, connect, run), client.workflow_service


def test_one_workflow_is_started_in_each_namespace() -> None:
    """Nobody polls its task queue, it ends by itself after ten seconds, and its name says whose it is."""
    canaries, service = make("orders", "payments")
    assert canaries.start() == []
    first, second = service.running.values()
    assert {first.namespace, second.namespace} == {"orders", "payments"}
    assert first.workflow_id != second.workflow_id
    for request in (first, second):
        assert request.workflow_id.startswith(CANARY_PREFIX)
        assert request.task_queue.name == request.workflow_id
        assert request.workflow_execution_timeout.ToTimedelta().total_seconds() == 10


def test_a_namespace_that_refuses_is_named_and_tried_again_alone() -> None:
    """A start that was accepted is not made twice."""
    canaries, service = make("orders", "payments")
    service.refused = {("start", "payments"): RPCStatusCode.NOT_FOUND}
    assert canaries.start() == [
        "namespace payments: does not accept a workflow start yet (start is refused)",
    ]
    service.refused = {}
    assert canaries.start() == []
    assert service.calls == [("start", "orders"), ("start", "payments"), ("start", "payments")]


def test_a_canary_is_found_when_a_query_returns_it() -> None:
    """Until then its namespace is named; a found one is not looked for again."""
    canaries, service = make("orders")
    canaries.start()
    assert canaries.find() == ["namespace orders: a started workflow is not found by visibility yet"]
    service.index()
    assert canaries.find() == []
    service.calls.clear()
    assert canaries.find() == []
    assert service.calls == []


def test_a_visibility_that_refuses_is_waited_for() -> None:
    """Its reason is told."""
    canaries, service = make("orders")
    canaries.start()
    service.refused = {("list", "orders"): RPCStatusCode.UNAVAILABLE}
    [missing] = canaries.find()
    assert missing.endswith("(list is refused)")


def test_a_canary_is_gone_when_no_query_returns_it_any_more() -> None:
    """Deletion is asked for once, by id and run, and seen to be done."""
    canaries, service = make("orders")
    canaries.start()
    service.index()
    canaries.find()
    service.forgets_at_once = False
    assert canaries.delete() == ["namespace orders: the canary workflow is not gone yet"]
    service.visible.clear()
    assert canaries.delete() == []
    [request] = service.deleted
    assert request.workflow_execution.run_id == f"run of {request.workflow_execution.workflow_id}"


def test_a_canary_that_is_gone_already_is_deleted() -> None:
    """Its retention may have been short."""
    canaries, service = make("orders")
    canaries.start()
    service.refused = {("delete", "orders"): RPCStatusCode.NOT_FOUND}
    assert canaries.delete() == []


def test_a_refused_deletion_is_asked_for_again() -> None:
    """Nothing may be left in anybody's list."""
    canaries, service = make("orders")
    canaries.start()
    service.refused = {("delete", "orders"): RPCStatusCode.UNAVAILABLE}
    [missing] = canaries.delete()
    assert missing == "namespace orders: the canary workflow is not gone yet (delete is refused)"
    service.refused = {}
    assert canaries.delete() == []
    assert len(service.deleted) == 1


def test_every_request_has_a_deadline() -> None:
    """A server that hangs must not hang devenv."""
    canaries, service = make("orders")
    canaries.start()
    service.index()
    canaries.find()
    canaries.delete()
    assert len(service.timeouts) == 4
    assert None not in service.timeouts


@pytest.mark.parametrize("stage", ["start", "find", "delete"])
def test_without_namespaces_nothing_is_missing(stage: str) -> None:
    """And nobody is asked."""
    canaries, service = make()
    assert getattr(canaries, stage)() == []
    assert service.calls == []
