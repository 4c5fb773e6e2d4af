"""What a failing test's report says of its workflows: how each stands, and its last events."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.service import RPCError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.api.workflow.v1 import WorkflowExecutionInfo
    from temporalio.client import Client

WORKFLOWS = 3
EVENTS = 8

_LONGEST = 300
_RPC_TIMEOUT = timedelta(seconds=5)
_TIMEOUT_S = 15.0
# A workflow that was started a moment ago may not be listed yet.
_LISTED_AFTER_S = 1.0
_POLL_S = 0.1
# Before a failure inside a failure there are more of them than help.
_DEEPEST_CAUSE = 5


def account(client: Client, ui_url: str | None, since: datetime | None) -> str:
    """Return a few lines for each of the last workflows of the client's namespace, at most `WORKFLOWS`.

    With `since` only those that started from then on: others share the namespace.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _account(client, ui_url, since)).result()


async def _account(client: Client, ui_url: str | None, since: datetime | None) -> str:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            workflows, are_more = await _last_workflows(client, since)
            parts = [await _part(client, ui_url, each) for each in workflows]
    except TimeoutError:
        return f"The server did not answer within {_TIMEOUT_S:.0f} s"
    except RPCError as error:
        return f"The workflows cannot be listed: {error.message}"
    if not parts:
        return "none was started, or is listed yet"
    if are_more:
        parts.append(f"and more, of which the last {WORKFLOWS} are shown")
    return "\n".join(parts)


async def _last_workflows(
    client: Client, since: datetime | None
) -> tuple[Sequence[WorkflowExecutionInfo], bool]:
    request = ListWorkflowExecutionsRequest(
        namespace=client.namespace,
        page_size=WORKFLOWS + 1,
        query=f'StartTime >= "{since.astimezone(UTC).isoformat()}"' if since else "",
    )
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _LISTED_AFTER_S
    while True:
        answer = await client.workflow_service.list_workflow_executions(request, timeout=_RPC_TIMEOUT)
        if answer.executions or loop.time() > deadline:
            return answer.executions[:WORKFLOWS], len(answer.executions) > WORKFLOWS
        await asyncio.sleep(_POLL_S)


async def _part(client: Client, ui_url: str | None, info: WorkflowExecutionInfo) -> str:
    execution = info.execution
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=execution, maximum_page_size=EVENTS
    )
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        request, timeout=_RPC_TIMEOUT
    )
    status = WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_")
    title = f"{execution.workflow_id} ({info.type.name}): {status.lower().replace('_', ' ')}"
    events = reversed(answer.history.events[:EVENTS])
    lines = [title, *(_line(event) for event in events)]
    if ui_url is not None:
        lines.append(f"  {workflow_url(ui_url, client.namespace, execution.workflow_id, execution.run_id)}")
    return "\n".join(lines)


def workflow_url(ui_url: str, namespace: str, workflow: str, run: str) -> str:
    """Return the page of the Web UI that shows the history of a workflow."""
    from urllib.parse import quote  # noqa: PLC0415  only a failure has a use for it

    return f"{ui_url}/namespaces/{quote(namespace, '')}/workflows/{quote(workflow, '')}/{run}/history"


def _line(event: HistoryEvent) -> str:
    words = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower().replace("_", " ")
    details = [word for word in _details(event) if word]
    return f"  {event.event_id:>4}  {words}{': ' if details else ''}{', '.join(details)}"[:_LONGEST]


def _details(event: HistoryEvent) -> Iterator[str]:
    """Yield what tells an event from others of its type: which activity, signal or timer, and the failure."""
    name = event.WhichOneof("attributes")
    if name is None:
        return
    attributes: Any = getattr(event, name)
    fields = attributes.DESCRIPTOR.fields_by_name
    for type_field in ("activity_type", "workflow_type"):
        if type_field in fields:
            yield getattr(attributes, type_field).name
    for text_field in ("signal_name", "timer_id", "marker_name"):
        if text_field in fields:
            yield getattr(attributes, text_field)
    if "failure" in fields and attributes.HasField("failure"):
        yield " <- ".join(_messages(attributes.failure))


def _messages(failure: Any) -> Iterator[str]:
    for _ in range(_DEEPEST_CAUSE):
        kind = failure.application_failure_info.type
        text = re.sub(r"\s+", " ", failure.message).strip()
        yield f"{kind}: {text}" if kind else text
        if not failure.HasField("cause"):
            return
        failure = failure.cause
