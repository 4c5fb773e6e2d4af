"""The runs of the workflow that is a schedule: which one there is, and which one visibility finds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.schedule.v1 import ScheduleListEntry
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionResponse,
    ListSchedulesResponse,
    ListWorkflowExecutionsResponse,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.schedule_runs import continue_as_new, listing_problem
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from datetime import timedelta

    from temporalio.service import ServiceClient

SCHEDULE = Schedule("orders", "it's", "W", "w", "q", schedule_search_attributes={"A": '"a"', 'B "b"': "1"})
DIVISION = "TemporalNamespaceDivision = 'TemporalScheduler' AND ExecutionStatus = 'Running'"
SCHEDULER = "temporal-sys-scheduler-workflow"


@dataclass
class FakeService:
    """A `WorkflowService` that has one run of a workflow (none without a type), and `lists` it or not."""

    workflow_type: str = SCHEDULER
    lists: bool = True
    refusal: str = ""
    queries: list[str] = field(default_factory=list)

    async def describe_workflow_execution(
        self, request: Any, **options: timedelta
    ) -> DescribeWorkflowExecutionResponse:
        assert request.execution == WorkflowExecution(workflow_id="temporal-sys-scheduler:it's")
        if not self.workflow_type:
            raise RPCError("not there", RPCStatusCode.NOT_FOUND, b"")
        info = WorkflowExecutionInfo(
            execution=WorkflowExecution(run_id="r"), type=WorkflowType(name=self.workflow_type)
        )
        return DescribeWorkflowExecutionResponse(workflow_execution_info=info)

    async def list_workflow_executions(
        self, request: Any, **options: timedelta
    ) -> ListWorkflowExecutionsResponse:
        self._note(request.query)
        return ListWorkflowExecutionsResponse(executions=[WorkflowExecutionInfo()] if self.lists else [])

    async def list_schedules(self, request: Any, **options: timedelta) -> ListSchedulesResponse:
        self._note(request.query)
        return ListSchedulesResponse(schedules=[ScheduleListEntry()] if self.lists else [])

    def _note(self, query: str) -> None:
        self.queries.append(query)
        if self.refusal:
            raise RPCError(self.refusal, RPCStatusCode.INVALID_ARGUMENT, b"")


@dataclass
class FakeClient:
    workflow_service: FakeService


def client(service: FakeService) -> ServiceClient:
    return cast("ServiceClient", FakeClient(service))


def problem(service: FakeService) -> str | None:
    return asyncio.run(listing_problem(client(service), SCHEDULE))


def test_the_run_that_a_schedule_has_now_is_looked_for_by_its_attributes() -> None:
    """An earlier one may be listed still."""
    service = FakeService()
    assert problem(service) is None
    assert service.queries == [f"{DIVISION} AND RunId = 'r' AND `A` IS NOT NULL AND `B \"b\"` IS NOT NULL"]


@pytest.mark.parametrize("workflow_type", ["", "temporal-sys-dummy-workflow"])
def test_a_schedule_of_the_newer_kind_is_looked_for_by_its_id(workflow_type: str) -> None:
    """It is no workflow; one of another type may keep its ID."""
    service = FakeService(workflow_type)
    assert problem(service) is None
    assert service.queries == ["ScheduleId = 'it\\'s' AND `A` IS NOT NULL AND `B \"b\"` IS NOT NULL"]


@pytest.mark.parametrize("workflow_type", ["", SCHEDULER])
def test_what_is_not_found_is_another_thing_than_a_query_that_is_refused(workflow_type: str) -> None:
    """The words of the server tell them apart."""
    assert problem(FakeService(workflow_type, lists=False)) == ""
    assert problem(FakeService(workflow_type, refusal="no such name")) == "no such name"


@pytest.mark.parametrize("workflow_type", ["", "temporal-sys-dummy-workflow"])
def test_a_schedule_of_the_newer_kind_has_no_run_to_end(workflow_type: str) -> None:
    """Whoever would signal or delete one would get an error here."""
    asyncio.run(continue_as_new(client(FakeService(workflow_type)), SCHEDULE))
