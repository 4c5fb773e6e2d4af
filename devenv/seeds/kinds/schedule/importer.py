"""A schedule that a server has, as an item of a seeds file that declares it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.files.durations import format_duration
from devenv.seeds.kinds.schedule.calendars import FIELDS, format_field, format_interval, parse_cron, to_cron
from devenv.seeds.kinds.schedule.cautions import cautions_of_line
from devenv.temporal.schedules import DEFAULT_CATCHUP_WINDOW, UTC, Calendar, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from devenv.temporal.schedules import Interval, Schedule

# Levels of the server's message that say nothing to people.
_LEVELS = {"spec", "policies", "state", "action", "start_workflow"}
_DURATIONS = ("jitter", "execution_timeout", "run_timeout", "task_timeout")
_FLAGS = ("pause_on_failure", "keep_original_workflow_id", "paused")
_TEXTS = ("static_summary", "static_details", "note")
_VALUES = ("memo", "search_attributes", "schedule_memo", "schedule_search_attributes")


def inexpressible(schedule: Schedule) -> str | None:
    """Return what of `schedule` no seeds file can say, None if there is nothing."""
    if schedule.unreadable:
        return f"the server cannot describe it: {schedule.unreadable}"
    if schedule.further:
        return f"seeds cannot declare its {', '.join(_names(schedule.further))} yet"
    if any(_value(text) is _NO_JSON for text in schedule.input):
        return "an argument of its workflow is not JSON"
    for name in _VALUES:
        if any(_value(text) is _NO_JSON for text in getattr(schedule, name).values()):
            return f"a value of its {name} is not JSON"
    return None


def schedule_item(schedule: Schedule) -> dict[str, Any]:
    """Return the item, with what is not as usual."""
    item: dict[str, Any] = {"id": schedule.id, "namespace": schedule.namespace}
    item |= {"workflow": schedule.workflow, "task_queue": schedule.task_queue}
    if schedule.workflow_id != schedule.id:
        item["workflow_id"] = schedule.workflow_id
    return item | _times(schedule) | _what(schedule) | _rules(schedule)


def _names(further: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(further.items()):
        if name in _LEVELS:
            yield from _names(value)
        else:
            yield name


def _times(schedule: Schedule) -> dict[str, Any]:
    lines = sorted(to_cron(each) for each in schedule.calendars if _is_a_line(each))
    others = [_calendar_item(each) for each in _ordered(schedule.calendars) if not _is_a_line(each)]
    fields: dict[str, list[Any]] = {
        "cron": lines,
        "calendar": others,
        "interval": sorted(map(format_interval, schedule.intervals)),
        "exclude": [_calendar_item(each) for each in _ordered(schedule.exclude)],
    }
    times: dict[str, Any] = {
        name: items[0] if len(items) == 1 else items for name, items in fields.items() if items
    }
    if len(schedule.intervals) == 1:
        times |= _interval(next(iter(schedule.intervals)))
    if schedule.timezone != UTC:
        times["timezone"] = schedule.timezone
    moments = {"start_time": schedule.start_time, "end_time": schedule.end_time}
    return times | {name: _moment(moment) for name, moment in moments.items() if moment}


def _interval(interval: Interval) -> dict[str, Any]:
    every = {"interval": format_duration(interval.every)}
    return every | ({"offset": format_duration(interval.offset)} if interval.offset else {})


def _is_a_line(calendar: Calendar) -> bool:
    """Whether a cron line says it, and nobody would take that line for another."""
    line = to_cron(calendar)
    try:
        return parse_cron(line).times == calendar and not cautions_of_line(line)
    except ValueError:
        return False


def _ordered(calendars: Iterable[Calendar]) -> list[Calendar]:
    return sorted(calendars, key=to_cron)


def _calendar_item(calendar: Calendar) -> dict[str, str]:
    usual = {"second": "0", "minute": "0", "hour": "0"}
    fields = {field.name: format_field(getattr(calendar, field.name), field) for field in FIELDS}
    item = {name: text for name, text in fields.items() if text != usual.get(name, "*")}
    return item | ({"comment": calendar.comment} if calendar.comment else {})


def _what(schedule: Schedule) -> dict[str, Any]:
    """Return what is started."""
    item: dict[str, Any] = {}
    if schedule.input:
        item["input"] = [_value(text) for text in schedule.input]
    for name in _VALUES:
        if texts := getattr(schedule, name):
            item[name] = {key: _value(text) for key, text in sorted(texts.items())}
    for name in _DURATIONS:
        duration: timedelta = getattr(schedule, name)
        if duration:
            item[name] = format_duration(duration)
    if schedule.retry_policy:
        item["retry_policy"] = _retry_policy(schedule.retry_policy)
    return item


def _rules(schedule: Schedule) -> dict[str, Any]:
    """Return how it acts, and what is said about it."""
    item: dict[str, Any] = {}
    if schedule.overlap != "skip":
        item["overlap"] = schedule.overlap
    if schedule.catchup_window != DEFAULT_CATCHUP_WINDOW:
        item["catchup_window"] = format_duration(schedule.catchup_window)
    if schedule.remaining_actions is not None:
        item["remaining_actions"] = schedule.remaining_actions
    return item | {name: value for name in (*_FLAGS, *_TEXTS) if (value := getattr(schedule, name))}


def _retry_policy(policy: RetryPolicy) -> dict[str, Any]:
    return {
        "initial_interval": format_duration(policy.initial_interval),
        "backoff_coefficient": policy.backoff_coefficient,
        "maximum_interval": format_duration(policy.maximum_interval),
        "maximum_attempts": policy.maximum_attempts,
    } | (
        {"non_retryable_error_types": list(policy.non_retryable_error_types)}
        if policy.non_retryable_error_types
        else {}
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


_NO_JSON = object()


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _NO_JSON
