"""A declared schedule as flags of `temporal schedule create` and `update`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta

    from devenv.seeds.kinds.schedule.spec import ScheduleSpec
    from devenv.seeds.kinds.schedule.times import CalendarSpec

# Fields that the Temporal CLI has no flag for.
_WITHOUT_FLAG = ("exclude", "retry_policy", "keep_original_workflow_id")
_OVERLAP = {
    "skip": "Skip",
    "buffer_one": "BufferOne",
    "buffer_all": "BufferAll",
    "cancel_other": "CancelOther",
    "terminate_other": "TerminateOther",
    "allow_all": "AllowAll",
}


def unsaid(schedules: Iterable[ScheduleSpec]) -> Iterator[str]:
    """Yield a sentence for each schedule with a field that the CLI has no flag for."""
    for spec in schedules:
        fields = [name for name in _WITHOUT_FLAG if getattr(spec, name)]
        if fields:
            yield (
                f'the bootstrap Job leaves out the schedule "{spec.id}" of {spec.namespace}: the Temporal '
                f"CLI has no flag for {', '.join(fields)}; make it by hand"
            )


def schedule_flags(spec: ScheduleSpec) -> list[str]:
    """Return the flags; behind `--` stand those that only a new schedule can have."""
    flags = ["--type", spec.workflow, "--task-queue", spec.task_queue]
    flags += ["--workflow-id", spec.workflow_id or spec.id]
    flags += [*_times(spec), *_action(spec), *_policies(spec)]
    for_new = [*_pairs("--schedule-memo", spec.schedule_memo)]
    for_new += _pairs("--schedule-search-attribute", spec.schedule_search_attributes)
    return [*flags, "--", *for_new] if for_new else flags


def _times(spec: ScheduleSpec) -> Iterator[str]:
    for line in spec.cron:
        yield from ("--cron", line)
    for interval in spec.interval:
        offset = spec.offset or interval.offset
        yield from ("--interval", f"{_seconds(interval.every)}/{_seconds(offset)}")
    for calendar in spec.calendar:
        yield from ("--calendar", json.dumps(_calendar(calendar)))
    if spec.timezone:
        yield from ("--time-zone", spec.timezone)
    if spec.jitter:
        yield from ("--jitter", _seconds(spec.jitter))
    for flag, moment in (("--start-time", spec.start_time), ("--end-time", spec.end_time)):
        if moment is not None:
            yield from (flag, moment.isoformat())


def _calendar(calendar: CalendarSpec) -> dict[str, str]:
    names = {"day_of_month": "dayOfMonth", "day_of_week": "dayOfWeek"}
    return {names.get(name, name): value for name, value in calendar.model_dump().items() if value}


def _action(spec: ScheduleSpec) -> Iterator[str]:
    for value in spec.input:
        yield from ("--input", json.dumps(value))
    yield from _pairs("--memo", spec.memo)
    yield from _pairs("--search-attribute", spec.search_attributes)
    timeouts = (
        ("--execution-timeout", spec.execution_timeout),
        ("--run-timeout", spec.run_timeout),
        ("--task-timeout", spec.task_timeout),
    )
    for flag, timeout in timeouts:
        if timeout:
            yield from (flag, _seconds(timeout))
    for flag, text in (("--static-summary", spec.static_summary), ("--static-details", spec.static_details)):
        if text:
            yield from (flag, text)


def _policies(spec: ScheduleSpec) -> Iterator[str]:
    yield from ("--overlap-policy", _OVERLAP[spec.overlap.value])
    yield from ("--catchup-window", _seconds(spec.catchup_window))
    if spec.remaining_actions is not None:
        yield from ("--remaining-actions", str(spec.remaining_actions))
    if spec.note:
        yield from ("--notes", spec.note)
    for flag, is_on in (("--pause-on-failure", spec.pause_on_failure), ("--paused", spec.paused)):
        if is_on:
            yield flag


def _pairs(flag: str, values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        yield from (flag, f"{key}={json.dumps(value)}")


def _seconds(duration: timedelta) -> str:
    milliseconds = round(duration.total_seconds() * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"
