"""How the schedules of a server differ from those that are declared."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from devenv.files.durations import format_duration
from devenv.seeds.calendars import to_cron
from devenv.seeds.changes import Change, Key, Kind
from devenv.seeds.differences import quoted, updates
from devenv.seeds.schedule_target import to_schedule
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
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
        key, schedule = Key(spec.namespace, spec.id), to_schedule(spec)
        found = observed.get((spec.namespace, spec.id))
        if found is None:
            times = _times(schedule)
            yield Change(Action.CREATE, Kind.SCHEDULE, key, "times", None, times, "not there", spec)
        elif found.unreadable:
            reason = "the server cannot describe it"
            yield Change(Action.UPDATE, Kind.SCHEDULE, key, "state", found, schedule, reason, spec)
        else:
            for change in updates(Kind.SCHEDULE, key, spec, _differences(schedule, found)):
                yield _with_obstacle(change, is_stack=is_stack)


def _with_obstacle(change: Change, *, is_stack: bool) -> Change:
    if change.field != MEMO:
        return change
    command = f"devenv temporal schedule delete -n {change.namespace} -s {shlex.quote(change.name)}"
    deletion = f"delete it with `{command}`" if is_stack else "delete it there"
    what = f"schedule {change.name} in {change.namespace} has another memo"
    obstacle = f"{what}; no server changes that of a schedule: {deletion}, and apply again"
    return replace(change, obstacle=obstacle)


def _differences(desired: Schedule, observed: Schedule) -> Differences:
    for name in _WORDS:
        before, after = _value(observed, name), _value(desired, name)
        if before != after and not _is_left_open(name, desired, observed):
            yield name, before, after


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


def _value(schedule: Schedule, name: str) -> object:
    return _times(schedule) if name == "times" else getattr(schedule, name)


def _times(schedule: Schedule) -> frozenset[Calendar | Interval]:
    return frozenset([*schedule.calendars, *schedule.intervals])


def schedule_value(name: str, value: Any) -> str:
    """Return the words for a value of the field `name` of a schedule."""
    if name == "state":
        return f"unreadable ({value.unreadable})" if value.unreadable else f"times {_lines(_times(value))}"
    return _WORDS[name](value)


def _lines(times: Iterable[Calendar | Interval]) -> str:
    return "; ".join(sorted(map(to_cron, times))) or "none"


def _duration(duration: timedelta) -> str:
    return format_duration(duration) if duration else "none"


def _flag(flag: bool) -> str:  # noqa: FBT001  a value that is shown
    return str(flag).lower()


def _arguments(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]"


def _limit(number: int | None) -> str:
    return "no limit" if number is None else str(number)


def _further(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True) if value else "none"


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


# The fields that are compared, in the order in which they are shown, and the words for their values.
_WORDS: Mapping[str, Callable[[Any], str]] = {
    "times": _lines,
    "exclude": _lines,
    "timezone": str,
    "jitter": _duration,
    "start_time": _moment,
    "end_time": _moment,
    "workflow": str,
    "workflow_id": str,
    "task_queue": str,
    "input": _arguments,
    "memo": _mapping,
    "search_attributes": _mapping,
    "execution_timeout": _duration,
    "run_timeout": _duration,
    "task_timeout": _duration,
    "retry_policy": _retry_policy,
    "static_summary": quoted,
    "static_details": quoted,
    "overlap": str,
    "catchup_window": format_duration,
    "pause_on_failure": _flag,
    "keep_original_workflow_id": _flag,
    "remaining_actions": _limit,
    "paused": _flag,
    "note": quoted,
    MEMO: _mapping,
    "schedule_search_attributes": _mapping,
    "further": _further,
}
