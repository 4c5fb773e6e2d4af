"""Runs and histories: how many are asked for, what they say, and what a server may answer instead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import ActivityType, WorkflowExecution, WorkflowType
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure
from temporalio.api.history.v1 import (
    History,
    HistoryEvent,
    WorkflowExecutionFailedEventAttributes,
    WorkflowExecutionTerminatedEventAttributes,
    WorkflowTaskFailedEventAttributes,
)
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsResponse,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryResponse,
    ListWorkflowExecutionsResponse,
)
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import QueryInvalidError
from devenv.temporal.histories import find_run, find_runs, read_history
from devenv.temporal.protocol import WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from temporalio.service import ServiceClient

RUN = WorkflowRun("orders", "order-1", "run-1", "Order")
STARTED = HistoryEvent(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)


@dataclass
class Server:
    """A `ServiceClient` whose every request gets the next of the answers to it; an exception is raised."""

    answers: dict[str, list[Any]]
    requests: list[Any] = field(default_factory=list)

    @property
    def workflow_service(self) -> Server:
        return self

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def answer(request: Any, **options: object) -> Any:
            copy = type(request)()
            copy.CopyFrom(request)
            self.requests.append(copy)
            given = self.answers[name].pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        return answer


def client(**answers: list[Any]) -> ServiceClient:
    return cast("ServiceClient", Server(answers))


def page(*events: HistoryEvent, token: bytes = b"") -> GetWorkflowExecutionHistoryResponse:
    return GetWorkflowExecutionHistoryResponse(history=History(events=events), next_page_token=token)


def failed(failure: Failure) -> HistoryEvent:
    return HistoryEvent(
        event_id=9,
        event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        workflow_execution_failed_event_attributes=WorkflowExecutionFailedEventAttributes(failure=failure),
    )


def runs(count: int, first: int = 0) -> list[WorkflowExecutionInfo]:
    return [
        WorkflowExecutionInfo(
            execution=WorkflowExecution(workflow_id=f"order-{first + number}", run_id="r"),
            type=WorkflowType(name="Order"),
            status=WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
            close_time=Timestamp(seconds=1),
        )
        for number in range(count)
    ]


def test_no_more_runs_are_asked_for_than_wanted() -> None:
    """However many there are, which is told."""
    server = client(
        count_workflow_executions=[CountWorkflowExecutionsResponse(count=10_000)],
        list_workflow_executions=[
            ListWorkflowExecutionsResponse(executions=runs(3), next_page_token=b"more"),
            ListWorkflowExecutionsResponse(executions=runs(3, 3), next_page_token=b"more"),
        ],
    )
    found = asyncio.run(find_runs(server, "orders", "q", 5))
    assert [run.workflow_id for run in found.runs] == [f"order-{number}" for number in range(5)]
    assert found.total == 10_000
    run = found.runs[0]
    assert (run.status, run.type, run.is_open) == ("TimedOut", "Order", False)
    assert run.closed_at is not None


def test_where_there_is_nothing_nothing_is_listed() -> None:
    """Most namespaces have no workflow that failed."""
    server = client(count_workflow_executions=[CountWorkflowExecutionsResponse(count=0)])
    assert asyncio.run(find_runs(server, "orders", "q", 5)).runs == []


def test_a_query_that_the_server_does_not_take_is_told_with_its_reason() -> None:
    """Whoever wrote it has to correct it."""
    refused = RPCError("invalid search attribute: Foo", RPCStatusCode.INVALID_ARGUMENT, b"")
    with pytest.raises(QueryInvalidError, match="Foo = 1") as raised:
        asyncio.run(find_runs(client(count_workflow_executions=[refused]), "orders", "Foo = 1", 5))
    assert raised.value.details == ("invalid search attribute: Foo",)


@pytest.mark.parametrize("status", [RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT])
def test_what_is_no_run_is_not_found(status: RPCStatusCode) -> None:
    """The server refuses a run ID that is no UUID."""
    server = client(describe_workflow_execution=[RPCError("Invalid RunId.", status, b"")])
    assert asyncio.run(find_run(server, "orders", "order-1", "nope")) is None


def test_a_run_is_found_by_the_id_of_its_workflow() -> None:
    """Without visibility, which is late."""
    [info] = runs(1)
    described = DescribeWorkflowExecutionResponse(workflow_execution_info=info)
    found = asyncio.run(find_run(client(describe_workflow_execution=[described]), "orders", "order-0", ""))
    assert found is not None
    assert (found.workflow_id, found.run_id, found.status) == ("order-0", "r", "TimedOut")


@pytest.mark.parametrize("status", [RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION])
def test_a_namespace_that_is_being_deleted_has_no_runs(status: RPCStatusCode) -> None:
    """Tests have namespaces of their own, which end with them."""
    server = client(count_workflow_executions=[RPCError("no", status, b"")])
    assert asyncio.run(find_runs(server, "orders", "q", 5)).total == 0


def test_a_history_is_what_sdks_read() -> None:
    """All pages of it; by it the workflow has ended, whatever visibility said."""
    last = failed(Failure(message="no", application_failure_info=ApplicationFailureInfo(type="Declined")))
    last.event_time.FromSeconds(60)
    server = client(get_workflow_execution_history=[page(STARTED, token=b"more"), page(last)])
    history = asyncio.run(read_history(server, RUN, 10_000))
    assert WorkflowHistory.from_json("order-1", history.json).events == [STARTED, last]
    assert (history.run.status, history.failure) == ("Failed", "Declined: no")
    assert history.run.closed_at is not None


def test_the_cause_of_all_others_is_told() -> None:
    """The outer ones say only which activity or child it was."""
    innermost = Failure(message="card declined")
    failure = Failure(message="Child failed", cause=Failure(message="Activity failed", cause=innermost))
    server = client(get_workflow_execution_history=[page(STARTED, failed(failure))])
    assert asyncio.run(read_history(server, RUN, 10_000)).failure == "card declined"


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED), ""),
        (HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT), "it had no more time"),
        (
            HistoryEvent(
                event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
                workflow_execution_terminated_event_attributes=WorkflowExecutionTerminatedEventAttributes(
                    reason="by hand"
                ),
            ),
            "by hand",
        ),
        (failed(Failure()), "no message"),
    ],
)
def test_other_ends_are_told_in_words(event: HistoryEvent, failure: str) -> None:
    """A good end has none."""
    server = client(get_workflow_execution_history=[page(STARTED, event)])
    history = asyncio.run(read_history(server, RUN, 10_000))
    assert (history.failure, history.run.is_open) == (failure, False)


def test_an_open_workflow_tells_what_it_keeps_trying() -> None:
    """Which no event of its history says."""
    activity = PendingActivityInfo(
        activity_type=ActivityType(name="pay"), attempt=4, last_failure=Failure(message="no route")
    )
    described = DescribeWorkflowExecutionResponse(pending_activities=[activity])
    server = client(get_workflow_execution_history=[page(STARTED)], describe_workflow_execution=[described])
    history = asyncio.run(read_history(server, RUN, 10_000))
    assert (history.failure, history.run.is_open) == ("activity pay, attempt 4: no route", True)


def test_an_open_workflow_tells_what_its_own_code_fails_at() -> None:
    """As one that is not deterministic, and waits for better code."""
    event = HistoryEvent(
        event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
        workflow_task_failed_event_attributes=WorkflowTaskFailedEventAttributes(
            failure=Failure(message="nondeterminism")
        ),
    )
    server = client(
        get_workflow_execution_history=[page(STARTED, event)],
        describe_workflow_execution=[DescribeWorkflowExecutionResponse()],
    )
    assert asyncio.run(read_history(server, RUN, 10_000)).failure == "workflow task: nondeterminism"


def test_a_history_that_is_too_large_is_not_read_to_its_end() -> None:
    """Its first page may be all that memory has room for."""
    server = client(get_workflow_execution_history=[page(STARTED, STARTED, token=b"more")])
    history = asyncio.run(read_history(server, RUN, 3))
    assert (history.json, history.problem) == ("", "its history is larger than 3 bytes")


def test_a_workflow_that_is_gone_is_a_problem_of_its_own() -> None:
    """A server that does not answer is one of all."""
    gone = client(get_workflow_execution_history=[RPCError("no", RPCStatusCode.NOT_FOUND, b"")])
    assert asyncio.run(read_history(gone, RUN, 10_000)).problem == "no"
    away = client(get_workflow_execution_history=[RPCError("no", RPCStatusCode.UNAVAILABLE, b"")])
    with pytest.raises(RPCError):
        asyncio.run(read_history(away, RUN, 10_000))
