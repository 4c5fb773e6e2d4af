"""Between the server's schedule messages and `Schedule`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payloads, WorkflowType
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import (
    IntervalSpec,
    ScheduleAction,
    SchedulePolicies,
    ScheduleSpec,
    ScheduleState,
    StructuredCalendarSpec,
)
from temporalio.api.schedule.v1 import Range as RangeMessage
from temporalio.api.schedule.v1 import Schedule as ScheduleMessage
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo

from devenv.temporal.messages import to_duration, to_json_text, to_payload
from devenv.temporal.schedules import UTC, Calendar, Interval, Range, Schedule, to_ranges, to_values

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIELDS = ("second", "minute", "hour", "day_of_month", "month", "day_of_week", "year")
_OVERLAP_PREFIX = "SCHEDULE_OVERLAP_POLICY_"
# What the server takes for not set, and what it puts in its place, clients may also have said.
_NOTHING: tuple[object, ...] = ({}, [], "", None, "0s")
DEFAULT_TASK_TIMEOUT = timedelta(seconds=10)


def to_schedule(namespace: str, identifier: str, message: ScheduleMessage) -> Schedule:
    """Return the schedule that the server describes."""
    spec, start, policies = message.spec, message.action.start_workflow, message.policies
    return Schedule(
        namespace=namespace,
        id=identifier,
        workflow=start.workflow_type.name,
        workflow_id=start.workflow_id,
        task_queue=start.task_queue.name,
        calendars=frozenset(_to_calendar(each) for each in spec.structured_calendar),
        intervals=frozenset(
            Interval(each.interval.ToTimedelta(), each.phase.ToTimedelta()) for each in spec.interval
        ),
        timezone=spec.timezone_name or UTC,
        input=tuple(to_json_text(payload) for payload in start.input.payloads),
        overlap=ScheduleOverlapPolicy.Name(policies.overlap_policy).removeprefix(_OVERLAP_PREFIX).lower(),
        catchup_window=policies.catchup_window.ToTimedelta(),
        paused=message.state.paused,
        note=message.state.notes,
        further=_further(message),
    )


def _to_calendar(message: StructuredCalendarSpec) -> Calendar:
    values = {
        name: to_values(Range(each.start, each.end, each.step) for each in getattr(message, name))
        for name in _FIELDS
    }
    return Calendar(**values, comment=message.comment)


def _further(message: ScheduleMessage) -> dict[str, Any]:
    """Return what is left when everything that `Schedule` has a field for is taken away."""
    rest = ScheduleMessage()
    rest.CopyFrom(message)
    _clear(rest.spec, "structured_calendar", "interval", "timezone_name")
    _clear(rest.policies, "overlap_policy", "catchup_window")
    _clear(rest.state, "paused", "notes")
    _clear(rest.action.start_workflow, "workflow_id", "workflow_type", "input")
    _clear(rest.action.start_workflow.task_queue, "name", "kind")
    if rest.action.start_workflow.workflow_task_timeout.ToTimedelta() == DEFAULT_TASK_TIMEOUT:
        _clear(rest.action.start_workflow, "workflow_task_timeout")
    return _without_empty(MessageToDict(rest, preserving_proto_field_name=True))


def _clear(message: Any, *fields: str) -> None:
    for field in fields:
        message.ClearField(field)


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    cleaned = {key: _without_empty(each) if isinstance(each, dict) else each for key, each in value.items()}
    return {key: each for key, each in cleaned.items() if each not in _NOTHING}


def to_message(schedule: Schedule) -> ScheduleMessage:
    """Return the message for `schedule`."""
    return ScheduleMessage(
        spec=ScheduleSpec(
            structured_calendar=[_to_calendar_spec(each) for each in schedule.calendars],
            interval=[
                IntervalSpec(interval=to_duration(each.every), phase=to_duration(each.offset))
                for each in schedule.intervals
            ],
            timezone_name=schedule.timezone,
        ),
        action=ScheduleAction(
            start_workflow=NewWorkflowExecutionInfo(
                workflow_id=schedule.workflow_id,
                workflow_type=WorkflowType(name=schedule.workflow),
                task_queue=TaskQueue(name=schedule.task_queue),
                input=Payloads(payloads=[to_payload(text) for text in schedule.input]),
            )
        ),
        policies=SchedulePolicies(
            overlap_policy=ScheduleOverlapPolicy.Value(_OVERLAP_PREFIX + schedule.overlap.upper()),
            catchup_window=to_duration(schedule.catchup_window),
        ),
        state=ScheduleState(paused=schedule.paused, notes=schedule.note),
    )


def _to_calendar_spec(calendar: Calendar) -> StructuredCalendarSpec:
    fields = {name: _to_range_messages(getattr(calendar, name)) for name in _FIELDS}
    return StructuredCalendarSpec(**fields, comment=calendar.comment)


def _to_range_messages(values: Iterable[int]) -> list[RangeMessage]:
    return [RangeMessage(start=each.start, end=each.end, step=each.step) for each in to_ranges(values)]
