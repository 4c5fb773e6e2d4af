"""Between the server's schedule messages, with what a schedule starts, and `Schedule`."""

from __future__ import annotations

import json
from datetime import UTC as UTC_OFFSET
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Memo, Payloads, SearchAttributes, WorkflowType
from temporalio.api.common.v1 import RetryPolicy as RetryPolicyMessage
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
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.service import RPCStatusCode

from devenv.temporal.messages import (
    to_duration,
    to_json_text,
    to_json_texts,
    to_payload,
    to_payloads,
    to_text,
)
from devenv.temporal.schedules import (
    DEFAULT_TASK_TIMEOUT,
    MAXIMUM_INTERVAL_COEFFICIENT,
    UTC,
    Calendar,
    Interval,
    Range,
    RetryPolicy,
    Schedule,
    to_ranges,
    to_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from temporalio.api.workflowservice.v1 import DescribeScheduleResponse

_FIELDS = ("second", "minute", "hour", "day_of_month", "month", "day_of_week", "year")
_OVERLAP_PREFIX = "SCHEDULE_OVERLAP_POLICY_"
_KNOWN = {
    "spec": (
        "structured_calendar",
        "exclude_structured_calendar",
        "interval",
        "timezone_name",
        "jitter",
        "start_time",
        "end_time",
    ),
    "policies": ("overlap_policy", "catchup_window", "pause_on_failure", "keep_original_workflow_id"),
    "state": ("paused", "notes", "limited_actions", "remaining_actions"),
}
# What the server takes for not set.
_NOTHING: tuple[object, ...] = ({}, [], "", None, "0s")


# How a server fails that has a schedule with a search attribute which was removed since (1.32.2 on SQL).
UNDESCRIBED = frozenset({RPCStatusCode.INTERNAL, RPCStatusCode.UNKNOWN})
# What it says of one whose workflow cannot go on.
TASK_FAILED = "Workflow Task in failed state"
_KNOWN_OF_ACTION = (
    "workflow_id",
    "workflow_type",
    "input",
    "memo",
    "search_attributes",
    "workflow_execution_timeout",
    "workflow_run_timeout",
    "workflow_task_timeout",
    "retry_policy",
    "user_metadata",
)


def unreadable_schedule(namespace: str, identifier: str, reason: str) -> Schedule:
    """Return a schedule that is there, and that the server cannot describe."""
    return Schedule(namespace, identifier, workflow="", workflow_id="", task_queue="", unreadable=reason)


def to_described_schedule(namespace: str, identifier: str, response: DescribeScheduleResponse) -> Schedule:
    """Return the schedule that the server describes."""
    spec, policies, state = response.schedule.spec, response.schedule.policies, response.schedule.state
    return Schedule(
        namespace=namespace,
        id=identifier,
        **to_started(response.schedule.action.start_workflow),
        calendars=frozenset(_to_calendar(each) for each in spec.structured_calendar),
        intervals=frozenset(
            Interval(each.interval.ToTimedelta(), each.phase.ToTimedelta()) for each in spec.interval
        ),
        exclude=frozenset(_to_calendar(each) for each in spec.exclude_structured_calendar),
        timezone=spec.timezone_name or UTC,
        jitter=spec.jitter.ToTimedelta(),
        start_time=_to_time(spec.start_time) if spec.HasField("start_time") else None,
        end_time=_to_time(spec.end_time) if spec.HasField("end_time") else None,
        overlap=ScheduleOverlapPolicy.Name(policies.overlap_policy).removeprefix(_OVERLAP_PREFIX).lower(),
        catchup_window=policies.catchup_window.ToTimedelta(),
        pause_on_failure=policies.pause_on_failure,
        keep_original_workflow_id=policies.keep_original_workflow_id,
        remaining_actions=state.remaining_actions if state.limited_actions else None,
        paused=state.paused,
        note=state.notes,
        schedule_memo=to_json_texts(response.memo.fields),
        schedule_search_attributes=to_json_texts(response.search_attributes.indexed_fields),
        further=_further(response.schedule),
    )


def _to_time(message: Timestamp) -> datetime:
    return message.ToDatetime(tzinfo=UTC_OFFSET)


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
    for part, names in _KNOWN.items():
        for name in names:
            getattr(rest, part).ClearField(name)
    clear_known(rest.action.start_workflow)
    return _without_empty(MessageToDict(rest, preserving_proto_field_name=True))


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    cleaned = {key: _without_empty(each) if isinstance(each, dict) else each for key, each in value.items()}
    return {key: each for key, each in cleaned.items() if each not in _NOTHING}


def to_message(schedule: Schedule) -> ScheduleMessage:
    """Return the message for `schedule`, without the memo and search attributes of the schedule itself."""
    return ScheduleMessage(
        spec=_to_spec(schedule),
        action=ScheduleAction(start_workflow=to_workflow_message(schedule)),
        policies=SchedulePolicies(
            overlap_policy=ScheduleOverlapPolicy.Value(_OVERLAP_PREFIX + schedule.overlap.upper()),
            catchup_window=to_duration(schedule.catchup_window),
            pause_on_failure=schedule.pause_on_failure,
            keep_original_workflow_id=schedule.keep_original_workflow_id,
        ),
        state=ScheduleState(
            paused=schedule.paused,
            notes=schedule.note,
            limited_actions=schedule.remaining_actions is not None,
            remaining_actions=schedule.remaining_actions or 0,
        ),
    )


def to_update(schedule: Schedule, known: ScheduleMessage) -> ScheduleMessage:
    """Return the message that makes `known` the `schedule`: an update replaces the whole of it.

    A note that nobody declares stays, and of the actions only what the server has not counted down.
    """
    message = to_message(schedule)
    if not schedule.note:
        message.state.notes = known.state.notes
    if message.state.limited_actions and known.state.limited_actions:
        message.state.remaining_actions = min(message.state.remaining_actions, known.state.remaining_actions)
    return message


def _to_spec(schedule: Schedule) -> ScheduleSpec:
    return ScheduleSpec(
        structured_calendar=[_to_calendar_spec(each) for each in schedule.calendars],
        exclude_structured_calendar=[_to_calendar_spec(each) for each in schedule.exclude],
        interval=[
            IntervalSpec(interval=to_duration(each.every), phase=to_duration(each.offset))
            for each in schedule.intervals
        ],
        timezone_name=schedule.timezone,
        jitter=to_duration(schedule.jitter) if schedule.jitter else None,
        start_time=_to_timestamp(schedule.start_time),
        end_time=_to_timestamp(schedule.end_time),
    )


def _to_timestamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message


def _to_calendar_spec(calendar: Calendar) -> StructuredCalendarSpec:
    fields = {name: _to_range_messages(getattr(calendar, name)) for name in _FIELDS}
    return StructuredCalendarSpec(**fields, comment=calendar.comment)


def _to_range_messages(values: Iterable[int]) -> list[RangeMessage]:
    return [RangeMessage(start=each.start, end=each.end, step=each.step) for each in to_ranges(values)]


def to_started(message: NewWorkflowExecutionInfo) -> dict[str, Any]:
    """Return the fields of a `Schedule` that `message` tells."""
    task_timeout = message.workflow_task_timeout.ToTimedelta()
    return {
        "workflow": message.workflow_type.name,
        "workflow_id": message.workflow_id,
        "task_queue": message.task_queue.name,
        "input": tuple(to_json_text(payload) for payload in message.input.payloads),
        "memo": to_json_texts(message.memo.fields),
        "search_attributes": to_json_texts(message.search_attributes.indexed_fields),
        "execution_timeout": message.workflow_execution_timeout.ToTimedelta(),
        "run_timeout": message.workflow_run_timeout.ToTimedelta(),
        "task_timeout": timedelta(0) if task_timeout == DEFAULT_TASK_TIMEOUT else task_timeout,
        "retry_policy": _to_retry_policy(message.retry_policy) if message.HasField("retry_policy") else None,
        "static_summary": _user_text(message.user_metadata, "summary"),
        "static_details": _user_text(message.user_metadata, "details"),
    }


def to_workflow_message(schedule: Schedule) -> NewWorkflowExecutionInfo:
    """Return the message about what `schedule` starts."""
    return NewWorkflowExecutionInfo(
        workflow_id=schedule.workflow_id,
        workflow_type=WorkflowType(name=schedule.workflow),
        task_queue=TaskQueue(name=schedule.task_queue),
        input=Payloads(payloads=[to_payload(text) for text in schedule.input]),
        memo=Memo(fields=to_payloads(schedule.memo)) if schedule.memo else None,
        search_attributes=(
            SearchAttributes(indexed_fields=to_payloads(schedule.search_attributes))
            if schedule.search_attributes
            else None
        ),
        workflow_execution_timeout=_to_timeout(schedule.execution_timeout),
        workflow_run_timeout=_to_timeout(schedule.run_timeout),
        workflow_task_timeout=_to_timeout(schedule.task_timeout),
        retry_policy=_to_retry_message(schedule.retry_policy) if schedule.retry_policy else None,
        user_metadata=_to_user_metadata(schedule.static_summary, schedule.static_details),
    )


def clear_known(message: NewWorkflowExecutionInfo) -> None:
    """Take everything from `message` that `to_started` reads."""
    for name in _KNOWN_OF_ACTION:
        message.ClearField(name)  # type: ignore[arg-type]  # the stubs want literals
    message.task_queue.ClearField("name")
    message.task_queue.ClearField("kind")


def _to_timeout(timeout: timedelta) -> Any:
    return to_duration(timeout) if timeout else None


def _to_retry_policy(message: RetryPolicyMessage) -> RetryPolicy:
    usual = RetryPolicy()
    initial = message.initial_interval.ToTimedelta() or usual.initial_interval
    return RetryPolicy(
        initial_interval=initial,
        backoff_coefficient=message.backoff_coefficient or usual.backoff_coefficient,
        maximum_interval=message.maximum_interval.ToTimedelta() or initial * MAXIMUM_INTERVAL_COEFFICIENT,
        maximum_attempts=message.maximum_attempts,
        non_retryable_error_types=tuple(message.non_retryable_error_types),
    )


def _to_retry_message(policy: RetryPolicy) -> RetryPolicyMessage:
    return RetryPolicyMessage(
        initial_interval=to_duration(policy.initial_interval),
        backoff_coefficient=policy.backoff_coefficient,
        maximum_interval=to_duration(policy.maximum_interval),
        maximum_attempts=policy.maximum_attempts,
        non_retryable_error_types=policy.non_retryable_error_types,
    )


def _user_text(metadata: UserMetadata, name: str) -> str:
    payload = getattr(metadata, name)
    return to_text(payload) if payload.metadata or payload.data else ""


def _to_user_metadata(summary: str, details: str) -> UserMetadata | None:
    if not summary and not details:
        return None
    return UserMetadata(
        summary=to_payload(json.dumps(summary)) if summary else None,
        details=to_payload(json.dumps(details)) if details else None,
    )
