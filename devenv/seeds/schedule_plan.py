"""How the schedules of a server differ from those that are declared."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.files.durations import format_duration
from devenv.seeds.calendars import to_cron
from devenv.seeds.changes import Change, Kind
from devenv.seeds.differences import quoted, updates
from devenv.seeds.schedule_target import to_schedule
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from devenv.seeds.differences import Differences
    from devenv.seeds.models import Seeds
    from devenv.temporal.schedules import Calendar, Interval, RetryPolicy, Schedule

MEMO = "schedule_memo"


def schedule_changes(
    desired: Seeds, observed: Mapping[tuple[str, str], Schedule], *, is_stack: bool
) -> Iterator[Change]:
    """Yield what is to be created and updated; `is_stack` tells that devenv runs the server."""
    for spec in desired.schedules:
        schedule = to_schedule(spec)
        found = observed.get(schedule.key)
        if found is None:
            after = f"times {_times(schedule)}"
            yield Change(Action.CREATE, Kind.SCHEDULE, spec.id, spec.namespace, None, after, "not there")
        elif found.unreadable:
            before, after = f"state unreadable ({found.unreadable})", f"state times {_times(schedule)}"
            reason = "the server cannot describe it"
            yield Change(Action.UPDATE, Kind.SCHEDULE, spec.id, spec.namespace, before, after, reason)
        else:
            differences = _differences(schedule, found)
            for change in updates(Kind.SCHEDULE, spec.id, spec.namespace, differences):
                yield _with_obstacle(change, is_stack=is_stack)


def _with_obstacle(change: Change, *, is_stack: bool) -> Change:
    if change.reason != f"{MEMO} differs":
        return change
    command = f"devenv temporal schedule delete -n {change.namespace} -s {shlex.quote(change.name)}"
    deletion = f"delete it with `{command}`" if is_stack else "delete it there"
    what = f"schedule {change.name} in {change.namespace} has another memo"
    obstacle = f"{what}; no server changes that of a schedule: {deletion}, and apply again"
    return replace(change, obstacle=obstacle)


def _differences(desired: Schedule, observed: Schedule) -> Differences:
    before, after = _texts(observed), _texts(desired)
    for name, text in after.items():
        if before[name] != text and not _is_left_open(name, desired, observed):
            yield name, before[name], text


def _is_left_open(name: str, desired: Schedule, observed: Schedule) -> bool:
    match name:
        case "note":
            return not desired.note
        case "schedule_memo":
            # Nobody can take it away, so who does not declare one does not mind.
            return not desired.schedule_memo
        case "remaining_actions":
            return _is_counted_down(desired.remaining_actions, observed.remaining_actions)
        case _:
            return False


def _is_counted_down(declared: int | None, left: int | None) -> bool:
    return declared is not None and left is not None and left <= declared


def _texts(schedule: Schedule) -> dict[str, str]:
    """Return what of a schedule is compared, and shown."""
    return {
        "times": _times(schedule),
        "exclude": _lines(schedule.exclude),
        "timezone": schedule.timezone,
        "jitter": _duration(schedule.jitter),
        "start_time": _moment(schedule.start_time),
        "end_time": _moment(schedule.end_time),
        "workflow": schedule.workflow,
        "workflow_id": schedule.workflow_id,
        "task_queue": schedule.task_queue,
        "input": f"[{', '.join(schedule.input)}]",
        "memo": _mapping(schedule.memo),
        "search_attributes": _mapping(schedule.search_attributes),
        "execution_timeout": _duration(schedule.execution_timeout),
        "run_timeout": _duration(schedule.run_timeout),
        "task_timeout": _duration(schedule.task_timeout),
        "retry_policy": _retry_policy(schedule.retry_policy),
        "static_summary": quoted(schedule.static_summary),
        "static_details": quoted(schedule.static_details),
        "overlap": schedule.overlap,
        "catchup_window": format_duration(schedule.catchup_window),
        "pause_on_failure": str(schedule.pause_on_failure).lower(),
        "keep_original_workflow_id": str(schedule.keep_original_workflow_id).lower(),
        "remaining_actions": "no limit"
        if schedule.remaining_actions is None
        else str(schedule.remaining_actions),
        "paused": str(schedule.paused).lower(),
        "note": quoted(schedule.note),
        MEMO: _mapping(schedule.schedule_memo),
        "schedule_search_attributes": _mapping(schedule.schedule_search_attributes),
        "further": json.dumps(schedule.further, sort_keys=True) if schedule.further else "none",
    }


def _times(schedule: Schedule) -> str:
    return _lines([*schedule.calendars, *schedule.intervals])


def _lines(times: Iterable[Calendar | Interval]) -> str:
    return "; ".join(sorted(map(to_cron, times))) or "none"


def _duration(duration: timedelta) -> str:
    return format_duration(duration) if duration else "none"


def _moment(moment: datetime | None) -> str:
    return "none" if moment is None else moment.isoformat().replace("+00:00", "Z")


def _mapping(texts: Mapping[str, str]) -> str:
    if not texts:
        return "none"
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in sorted(texts.items())) + "}"


def _retry_policy(policy: RetryPolicy | None) -> str:
    if policy is None:
        return "none"
    errors = ", ".join(policy.non_retryable_error_types)
    return (
        f"{policy.maximum_attempts or 'endless'} attempts, {format_duration(policy.initial_interval)} "
        f"times {policy.backoff_coefficient:g} up to {format_duration(policy.maximum_interval)}"
        + (f", not for {errors}" if errors else "")
    )
