"""Canary workflows against a server in memory; the requests are the SDK's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from temporalio.api.common.v1 import WorkflowExecution
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

from devenv.temporal.canary import FAREWELL, ServerCanaries
from devenv.temporal.protocol import CANARY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

    from temporalio.service import ServiceClient


@dataclass
class FakeWorkflowService:
    """Workflows by id; visibility has those that `index` was called for, by id with their namespace.

    It may forget slowly; a call that `hangs` does not return.
    """

    refused: dict[tuple[str, str], RPCStatusCode] = field(default_factory=dict)
    running: dict[str, StartWorkflowExecutionRequest] = field(default_factory=dict)
    visible: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[DeleteWorkflowExecutionRequest] = field(default_factory=list)
    timeouts: list[timedelta | None] = field(default_factory=list)
    forgets_at_once: bool = True
    hangs: str | None = None

    async def start_workflow_execution(
        self, request: StartWorkflowExecutionRequest, **options: timedelta
    ) -> StartWorkflowExecutionResponse:
        await self._note("start", request.namespace, options.get("timeout"))
        self.running[request.workflow_id] = request
        return StartWorkflowExecutionResponse(run_id=run_of(request.workflow_id))

    async def list_workflow_executions(
        self, request: ListWorkflowExecutionsRequest, **options: timedelta
    ) -> ListWorkflowExecutionsResponse:
        await self._note("list", request.namespace, options.get("timeout"))
        found = [
            WorkflowExecutionInfo(execution=WorkflowExecution(workflow_id=name, run_id=run_of(name)))
            for name, namespace in self.visible.items()
            if namespace == request.namespace and asks_for(request.query, name)
        ]
        return ListWorkflowExecutionsResponse(executions=found)

    async def delete_workflow_execution(
        self, request: DeleteWorkflowExecutionRequest, **options: timedelta
    ) -> DeleteWorkflowExecutionResponse:
        await self._note("delete", request.namespace, options.get("timeout"))
        self.deleted.append(request)
        workflow = request.workflow_execution.workflow_id
        self.running.pop(workflow, None)
        if self.forgets_at_once:
            self.visible.pop(workflow, None)
        return DeleteWorkflowExecutionResponse()

    def index(self) -> None:
        """Have visibility know all that runs."""
        self.visible |= {name: request.namespace for name, request in self.running.items()}

    async def _note(self, call: str, namespace: str, deadline: timedelta | None) -> None:
        self.calls.append((call, namespace))
        self.timeouts.append(deadline)
        status = self.refused.get((call, namespace))
        if status is not None:
            raise RPCError(f"{call} is refused", status, b"")
        if call == self.hangs:
            await asyncio.sleep(5)
            raise AssertionError("somebody waited for a server that hangs")


def run_of(workflow: str) -> str:
    return f"run of {workflow}"


def asks_for(query: str, workflow: str) -> bool:
    attribute, operator, value = query.split()
    assert attribute == "WorkflowId"
    name = value.strip('"')
    return workflow.startswith(name) if operator == "STARTS_WITH" else workflow == name


@dataclass
class FakeClient:
    """A `ServiceClient` as far as canaries know it."""

    workflow_service: FakeWorkflowService = field(default_factory=FakeWorkflowService)


def make(
    *namespaces: str, others: Sequence[str] = (), farewell: timedelta = FAREWELL
) -> tuple[ServerCanaries, FakeWorkflowService]:
    client = FakeClient()

    async def connect() -> ServiceClient:
        return cast("ServiceClient", client)

    def run(work: Coroutine[Any, Any, list[str]]) -> list[str]:
        return asyncio.run(work)

    async def registered() -> list[str]:
        status = client.workflow_service.refused.get(("namespaces", "*"))
        if status is not None:
            raise RPCError("namespaces is refused", status, b"")
        return [*namespaces, *others]

    return ServerCanaries(namespaces, connect, run, registered, farewell), client.workflow_service


def started(*namespaces: str, others: Sequence[str] = ()) -> tuple[ServerCanaries, FakeWorkflowService]:
    """Return canaries that were started and are visible."""
    canaries, service = make(*namespaces, others=others)
    canaries.start()
    service.index()
    service.calls.clear()
    return canaries, service


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
    canaries, service = started("orders")
    service.forgets_at_once = False
    assert canaries.delete() == ["namespace orders: canary workflows are not gone yet"]
    assert canaries.delete() == ["namespace orders: canary workflows are not gone yet"]
    service.visible.clear()
    assert canaries.delete() == []
    [request] = service.deleted
    assert request.workflow_execution.run_id == run_of(request.workflow_execution.workflow_id)


def delete_to_the_end(canaries: ServerCanaries) -> None:
    canaries.delete()
    assert canaries.delete() == []


def test_what_an_earlier_proof_left_is_deleted_in_every_namespace() -> None:
    """Also where nothing is declared any more; what has another name is a user's."""
    canaries, service = started("orders", others=["gone-from-the-seeds"])
    service.visible |= {
        f"{CANARY_PREFIX}old": "orders",
        f"{CANARY_PREFIX}older": "gone-from-the-seeds",
        "devenv-canary": "orders",
    }
    delete_to_the_end(canaries)
    assert service.visible == {"devenv-canary": "orders"}
    assert len(service.deleted) == 3


def test_a_namespace_that_is_clean_is_not_asked_again() -> None:
    """There may be a hundred of them."""
    canaries, service = started("orders", others=["empty"])
    delete_to_the_end(canaries)
    assert service.calls.count(("list", "empty")) == 1


def test_a_namespace_that_went_meanwhile_has_no_canaries() -> None:
    """Or that is too new for the server's caches."""
    canaries, service = started("orders", others=["fleeting"])
    service.refused = {("list", "fleeting"): RPCStatusCode.NOT_FOUND}
    delete_to_the_end(canaries)


@pytest.mark.parametrize("question", [("namespaces", "*"), ("list", "orders")])
def test_a_server_that_cannot_say_what_is_left_is_asked_again(question: tuple[str, str]) -> None:
    """What nobody has seen is not gone."""
    canaries, service = started("orders")
    service.refused = {question: RPCStatusCode.UNAVAILABLE}
    [missing] = canaries.delete()
    assert f"({question[0]} is refused)" in missing
    service.refused = {}
    delete_to_the_end(canaries)


def test_what_only_visibility_remembers_is_not_waited_for() -> None:
    """The server lost it, as a database without fsync may; nothing can delete it any more."""
    canaries, service = started("orders")
    service.refused = {("delete", "orders"): RPCStatusCode.NOT_FOUND}
    assert canaries.delete() == []


def test_a_refused_deletion_is_asked_for_again() -> None:
    """Nothing may be left in anybody's list."""
    canaries, service = started("orders")
    service.refused = {("delete", "orders"): RPCStatusCode.UNAVAILABLE}
    [missing] = canaries.delete()
    assert missing == "namespace orders: canary workflows are not gone yet (delete is refused)"
    service.refused = {}
    delete_to_the_end(canaries)
    assert len(service.deleted) == 1


def test_abandoned_canaries_are_deleted_unseen() -> None:
    """Visibility may not know them yet."""
    canaries, service = make("orders", "payments")
    canaries.start()
    service.calls.clear()
    canaries.abandon()
    assert service.running == {}
    assert service.calls == [("delete", "orders"), ("delete", "payments")]


def test_a_start_that_was_not_answered_may_have_been_made() -> None:
    """It is deleted, too."""
    canaries, service = make("orders")
    service.refused = {("start", "orders"): RPCStatusCode.DEADLINE_EXCEEDED}
    canaries.start()
    canaries.abandon()
    assert len(service.deleted) == 1


def test_nobody_is_asked_to_delete_what_was_never_started() -> None:
    """The server may not even be there."""
    canaries, service = make("orders")
    canaries.abandon()
    assert service.calls == []


@pytest.mark.parametrize("status", [RPCStatusCode.UNAVAILABLE, RPCStatusCode.NOT_FOUND])
def test_a_farewell_that_is_refused_is_no_error(status: RPCStatusCode) -> None:
    """Something worse is being told."""
    canaries, service = started("orders")
    service.refused = {("delete", "orders"): status}
    canaries.abandon()


def test_a_farewell_is_short() -> None:
    """Somebody pressed Ctrl-C, and the server hangs."""
    canaries, service = make("orders", farewell=timedelta(milliseconds=10))
    canaries.start()
    service.hangs = "delete"
    canaries.abandon()
    assert service.deleted == []


def test_every_request_has_a_deadline() -> None:
    """A server that hangs must not hang devenv."""
    canaries, service = make("orders")
    canaries.start()
    service.index()
    canaries.find()
    canaries.delete()
    canaries.abandon()
    assert len(service.timeouts) == 5
    assert None not in service.timeouts


@pytest.mark.parametrize("stage", ["start", "find"])
def test_without_namespaces_nothing_is_missing(stage: str) -> None:
    """And nobody is asked."""
    canaries, service = make()
    assert getattr(canaries, stage)() == []
    assert service.calls == []
