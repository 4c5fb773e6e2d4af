"""The workflow that is a schedule: the run that it has now, and what visibility lists of its runs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    ListSchedulesRequest,
    SignalWorkflowExecutionRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.canary import delete, listed
from devenv.temporal.connection import IDENTITY, RPC_TIMEOUT, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from temporalio.service import ServiceClient

    from devenv.temporal.schedules import Schedule

_RUNNING = "TemporalNamespaceDivision = 'TemporalScheduler' AND ExecutionStatus = 'Running'"
_WORKFLOW = "temporal-sys-scheduler-workflow"


async def continue_as_new(client: ServiceClient, schedule: Schedule) -> None:
    """End the run of the workflow that is `schedule`, so that no run has an update in its history.

    A replay compares the search attributes of an update with those of the run's start. After a change of
    the visibility store these have other names: the replay is then nondeterministic, and the schedule
    starts nothing any more; or an attribute seems to be set already, and is never written to the store
    (`updateCustomSearchAttributes` in service/worker/scheduler/workflow.go of server 1.32.2).
    """
    query = f"{_RUNNING} AND WorkflowId = {_quoted(_workflow_of(schedule).workflow_id)}"
    listed_runs = await listed(client, schedule.namespace, query)
    # Asked after the list: a run that begins in between is none of its runs.
    current = await _current_run(client, schedule)
    if current is None:
        return
    for run in listed_runs:
        # It ended while another visibility store was in use, and would list the schedule once more.
        if run.run_id != current:
            await delete(client, schedule.namespace, run)
    signal = SignalWorkflowExecutionRequest(
        namespace=schedule.namespace,
        workflow_execution=_workflow_of(schedule),
        signal_name="force-continue-as-new",
        identity=IDENTITY,
        request_id=uuid.uuid4().hex,
    )
    await client.workflow_service.signal_workflow_execution(signal, timeout=RPC_TIMEOUT)


async def listing_problem(client: ServiceClient, schedule: Schedule) -> str | None:
    """Return why the query for the search attributes of `schedule` fails, empty if it does not find it.

    None means that the run which it has now is found, not one that the store remembers of earlier.
    """
    conditions = [f"`{name}` IS NOT NULL" for name in schedule.schedule_search_attributes]
    try:
        current = await _current_run(client, schedule)
        if current is None:
            is_found = await _is_listed(client, schedule, conditions)
        else:
            query = " AND ".join([_RUNNING, f"RunId = '{current}'", *conditions])
            is_found = bool(await listed(client, schedule.namespace, query))
    except RPCError as error:
        return reason(error)
    return None if is_found else ""


async def _is_listed(client: ServiceClient, schedule: Schedule, conditions: Sequence[str]) -> bool:
    query = " AND ".join([f"ScheduleId = {_quoted(schedule.id)}", *conditions])
    request = ListSchedulesRequest(namespace=schedule.namespace, maximum_page_size=1, query=query)
    response = await client.workflow_service.list_schedules(request, timeout=RPC_TIMEOUT)
    return bool(response.schedules)


async def _current_run(client: ServiceClient, schedule: Schedule) -> str | None:
    """Return the id of the run that `schedule` has now.

    None if it is of the newer kind (`history.enableCHASMSchedulerCreation`): that is no workflow, though
    another one may keep its ID.
    """
    question = DescribeWorkflowExecutionRequest(
        namespace=schedule.namespace, execution=_workflow_of(schedule)
    )
    try:
        answer = await client.workflow_service.describe_workflow_execution(question, timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None
    info = answer.workflow_execution_info
    return info.execution.run_id if info.type.name == _WORKFLOW else None


def _workflow_of(schedule: Schedule) -> WorkflowExecution:
    return WorkflowExecution(workflow_id=f"temporal-sys-scheduler:{schedule.id}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
