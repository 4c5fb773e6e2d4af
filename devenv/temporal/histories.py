"""Runs of workflows that visibility finds, their histories, and why they failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import QueryInvalidError
from devenv.temporal.connection import RPC_TIMEOUT, is_unanswered
from devenv.temporal.protocol import History, RunsFound, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from google.protobuf.timestamp_pb2 import Timestamp
    from temporalio.api.failure.v1 import Failure
    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.api.workflow.v1 import WorkflowExecutionInfo
    from temporalio.service import ServiceClient

# Each may be as large as its limit, and its JSON is some times larger.
HISTORIES_AT_ONCE = 4
PAGE_SIZE = 1000
# What a namespace says that is deleted meanwhile.
_GONE = {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}
# The second is said of what no workflow, or no run, can be called.
_NO_RUN = {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}
_STATUS_PREFIX = "WORKFLOW_EXECUTION_STATUS_"
_CLOSED_BY = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "Completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "Failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "TimedOut",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "Canceled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "Terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "ContinuedAsNew",
}


async def find_runs(client: ServiceClient, namespace: str, query: str, limit: int) -> RunsFound:
    """Return what visibility finds in `namespace`, no more than `limit` runs, and how many there are.

    Raises:
        QueryInvalidError: The server does not take the query.
        RPCError: It does not answer.
    """
    service = client.workflow_service
    wanted = ListWorkflowExecutionsRequest(
        namespace=namespace, query=query, page_size=max(1, min(limit, PAGE_SIZE))
    )
    runs: list[WorkflowRun] = []
    try:
        counted = await service.count_workflow_executions(
            CountWorkflowExecutionsRequest(namespace=namespace, query=query), timeout=RPC_TIMEOUT
        )
        while len(runs) < min(limit, counted.count):
            page = await service.list_workflow_executions(wanted, timeout=RPC_TIMEOUT)
            runs += [_to_run(namespace, info) for info in page.executions]
            wanted.next_page_token = page.next_page_token
            if not wanted.next_page_token:
                break
    except RPCError as error:
        if error.status in _GONE:
            return RunsFound(namespace, (), 0)
        if error.status == RPCStatusCode.INVALID_ARGUMENT:
            raise QueryInvalidError(query, error.message) from error
        raise
    return RunsFound(namespace, runs[:limit], max(counted.count, len(runs)))


async def find_run(
    client: ServiceClient, namespace: str, workflow_id: str, run_id: str
) -> WorkflowRun | None:
    """Return a run of a workflow as the server has it now, the latest one without `run_id`; None for none."""
    execution = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
    try:
        described = await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(namespace=namespace, execution=execution), timeout=RPC_TIMEOUT
        )
    except RPCError as error:
        if error.status in _NO_RUN:
            return None
        raise
    return _to_run(namespace, described.workflow_execution_info)


async def read_history(client: ServiceClient, run: WorkflowRun, limit_bytes: int) -> History:
    """Return the history of `run`; one that is larger than `limit_bytes`, or gone, has a problem instead.

    Raises:
        RPCError: The server does not answer.
    """
    try:
        events = await _events(client, run, limit_bytes)
        if events is None:
            return History(run, problem=f"its history is larger than {limit_bytes:,} bytes")
        known = _as_history_says(run, events)
        return History(
            known,
            json=WorkflowHistory(run.workflow_id, events).to_json(),
            failure=await _waits_for(client, known, events) if known.is_open else _failure(events[-1]),
        )
    except RPCError as error:
        if is_unanswered(error):
            raise
        return History(run, problem=error.message)


async def _events(client: ServiceClient, run: WorkflowRun, limit_bytes: int) -> list[HistoryEvent] | None:
    request = GetWorkflowExecutionHistoryRequest(
        namespace=run.namespace, execution=_execution(run), maximum_page_size=PAGE_SIZE
    )
    events: list[HistoryEvent] = []
    size = 0
    while True:
        response = await client.workflow_service.get_workflow_execution_history(request, timeout=RPC_TIMEOUT)
        size += response.history.ByteSize()
        if size > limit_bytes:
            return None
        events += response.history.events
        request.next_page_token = response.next_page_token
        if not request.next_page_token:
            return events


def _execution(run: WorkflowRun) -> WorkflowExecution:
    return WorkflowExecution(workflow_id=run.workflow_id, run_id=run.run_id)


def _to_run(namespace: str, info: WorkflowExecutionInfo) -> WorkflowRun:
    words = WorkflowExecutionStatus.Name(info.status).removeprefix(_STATUS_PREFIX).split("_")
    return WorkflowRun(
        namespace,
        info.execution.workflow_id,
        info.execution.run_id,
        type=info.type.name,
        status="".join(word.capitalize() for word in words),
        started_at=_moment(info.start_time),
        closed_at=_moment(info.close_time) if info.HasField("close_time") else None,
    )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)


def _as_history_says(run: WorkflowRun, events: Sequence[HistoryEvent]) -> WorkflowRun:
    """Return `run` as its history shows it, which is newer than what visibility says."""
    status = _CLOSED_BY.get(events[-1].event_type) if events else None
    if status is None:
        return replace(run, closed_at=None) if run.is_open else run
    return replace(run, status=status, closed_at=_moment(events[-1].event_time))


def _failure(last: HistoryEvent) -> str:
    """Return why a workflow ended whose `last` event that is; empty for a good end."""
    match last.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
            return innermost_cause(last.workflow_execution_failed_event_attributes.failure)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
            return "it had no more time"
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
            return last.workflow_execution_terminated_event_attributes.reason or "no reason was given"
        case _:
            return ""


async def _waits_for(client: ServiceClient, run: WorkflowRun, events: Sequence[HistoryEvent]) -> str:
    """Return what an open workflow keeps failing at: an activity that is tried again, or its own code."""
    described = await client.workflow_service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace=run.namespace, execution=_execution(run)),
        timeout=RPC_TIMEOUT,
    )
    for activity in described.pending_activities:
        if activity.HasField("last_failure"):
            cause = innermost_cause(activity.last_failure)
            return f"activity {activity.activity_type.name}, attempt {activity.attempt}: {cause}"
    for event in reversed(events):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failure = event.workflow_task_failed_event_attributes.failure
            return f"workflow task: {innermost_cause(failure)}"
    return ""


def innermost_cause(failure: Failure) -> str:
    """Return the message of the failure that caused all the others."""
    while failure.HasField("cause"):
        failure = failure.cause
    kind = failure.application_failure_info.type
    return ": ".join(part for part in (kind, failure.message) if part) or "no message"
