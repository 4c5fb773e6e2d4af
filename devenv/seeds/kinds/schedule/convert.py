"""A schedule that is declared, as the value that a gateway reads and writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.seeds.kinds.schedule import calendars
from devenv.temporal.schedules import (
    DEFAULT_TASK_TIMEOUT,
    MAXIMUM_INTERVAL_COEFFICIENT,
    UTC,
    Calendar,
    Interval,
    RetryPolicy,
    Schedule,
    canonical,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.seeds.kinds.schedule.spec import RetryPolicySpec, ScheduleSpec
    from devenv.seeds.kinds.schedule.times import CalendarSpec

NO_TIMEOUT = timedelta(0)


def to_schedule(spec: ScheduleSpec) -> Schedule:
    """Return the schedule, its times read as the server reads them."""
    lines = [calendars.parse_cron(line) for line in spec.cron]
    times: list[Calendar | Interval] = [line.times for line in lines]
    times += [to_calendar(each) for each in spec.calendar]
    times += _intervals(spec)
    return Schedule(
        namespace=spec.namespace,
        id=spec.id,
        workflow=spec.workflow,
        workflow_id=spec.workflow_id or spec.id,
        task_queue=spec.task_queue,
        calendars=frozenset(each for each in times if isinstance(each, Calendar)),
        intervals=frozenset(each for each in times if isinstance(each, Interval)),
        exclude=frozenset(to_calendar(each) for each in spec.exclude),
        timezone=spec.timezone or next((line.timezone for line in lines if line.timezone), UTC),
        jitter=spec.jitter,
        start_time=spec.start_time,
        end_time=spec.end_time,
        input=tuple(canonical(value) for value in spec.input),
        memo=_json_texts(spec.memo),
        search_attributes=_json_texts(spec.search_attributes),
        execution_timeout=spec.execution_timeout,
        run_timeout=spec.run_timeout,
        task_timeout=NO_TIMEOUT if spec.task_timeout == DEFAULT_TASK_TIMEOUT else spec.task_timeout,
        retry_policy=_to_retry_policy(spec.retry_policy) if spec.retry_policy else None,
        static_summary=spec.static_summary,
        static_details=spec.static_details,
        overlap=spec.overlap.value,
        catchup_window=spec.catchup_window,
        pause_on_failure=spec.pause_on_failure,
        keep_original_workflow_id=spec.keep_original_workflow_id,
        remaining_actions=spec.remaining_actions,
        paused=spec.paused,
        note=spec.note,
        schedule_memo=_json_texts(spec.schedule_memo),
        schedule_search_attributes=_json_texts(_with_values(spec.schedule_search_attributes)),
    )


def to_calendar(spec: CalendarSpec) -> Calendar:
    """Return the times of a calendar."""
    values = {
        field.name: calendars.parse_field(getattr(spec, field.name), field) for field in calendars.FIELDS
    }
    return Calendar(**values, comment=spec.comment)


def _intervals(spec: ScheduleSpec) -> list[Interval]:
    intervals = [Interval(each.every, each.offset) for each in spec.interval]
    return [replace(each, offset=spec.offset) for each in intervals] if spec.offset else intervals


def _to_retry_policy(spec: RetryPolicySpec) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=spec.initial_interval,
        backoff_coefficient=spec.backoff_coefficient,
        maximum_interval=spec.maximum_interval or spec.initial_interval * MAXIMUM_INTERVAL_COEFFICIENT,
        maximum_attempts=spec.maximum_attempts,
        non_retryable_error_types=spec.non_retryable_error_types,
    )


def _with_values(attributes: Mapping[str, object]) -> dict[str, object]:
    """Return `attributes` without those that the server unsets when it gets their value."""
    return {name: value for name, value in attributes.items() if value not in ([], None)}


def _json_texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: canonical(value) for name, value in values.items()}
