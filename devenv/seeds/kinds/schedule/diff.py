"""How the schedules of a server differ from those that are declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.files.durations import format_duration
from devenv.seeds.changes import quoted
from devenv.seeds.kinds.schedule.calendars import to_cron

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from devenv.seeds.kinds.kind import Differences
    from devenv.temporal.schedules import Calendar, Interval, RetryPolicy, Schedule

MEMO = "schedule_memo"


def differences(desired: Schedule, observed: Schedule) -> Differences:
    """Yield every field in which a schedule differs from what is declared."""
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
    return times_of(schedule) if name == "times" else getattr(schedule, name)


def times_of(schedule: Schedule) -> frozenset[Calendar | Interval]:
    """Return when a schedule acts."""
    return frozenset([*schedule.calendars, *schedule.intervals])


def words(name: str, value: Any) -> str:
    """Return a value of the field `name` of a schedule as people read it."""
    if name == "state":
        return f"unreadable ({value.unreadable})" if value.unreadable else f"times {_lines(times_of(value))}"
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
