"""Schedules as the server has them: sets of times, not the text that they came from.

The server turns every cron line and calendar into lists of ranges and every `@every` into an interval. Here a
field of a calendar is the set of its matching values, so that `*/15` and `0,15,30,45` are the same.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

# service/worker/scheduler/workflow.go of server 1.32.2: what an unset window and too short a window become.
DEFAULT_CATCHUP_WINDOW = timedelta(days=365)
SHORTEST_CATCHUP_WINDOW = timedelta(seconds=10)
SHORTEST_INTERVAL = timedelta(seconds=1)
# What the server puts in the place of no timeout of workflow tasks; clients may have said it, too.
DEFAULT_TASK_TIMEOUT = timedelta(seconds=10)
# Of a retry policy whose maximum is not set: this many initial intervals.
MAXIMUM_INTERVAL_COEFFICIENT = 100
UTC = "UTC"


def canonical(value: object) -> str:
    """Return `value` as JSON, always in the same way."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Range(NamedTuple):
    """Values from `start` to `end` inclusive, every `step`."""

    start: int
    end: int
    step: int = 1


@dataclass(frozen=True)
class Calendar:
    """The times whose every field has one of these values; no `year` at all stands for every year."""

    second: frozenset[int]
    minute: frozenset[int]
    hour: frozenset[int]
    day_of_month: frozenset[int]
    month: frozenset[int]
    day_of_week: frozenset[int]
    year: frozenset[int] = frozenset()
    comment: str = ""


@dataclass(frozen=True)
class Interval:
    """Every so often, counted from the epoch, plus an offset."""

    every: timedelta
    offset: timedelta = timedelta(0)


@dataclass(frozen=True)
class RetryPolicy:
    """When a workflow that failed is started again; `maximum_attempts` 0 means without end.

    The defaults are those that the server fills in, `maximum_interval` apart: unset it is a hundred times the
    initial one.
    """

    initial_interval: timedelta = timedelta(seconds=1)
    backoff_coefficient: float = 2.0
    maximum_interval: timedelta = timedelta(seconds=1) * MAXIMUM_INTERVAL_COEFFICIENT
    maximum_attempts: int = 0
    non_retryable_error_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """A schedule as it acts. Values of `input`, memos and search attributes are JSON text.

    `input` has one text for each argument; `overlap` is as in `buffer_one`; a timeout of zero is none, or for
    `task_timeout` the server's; `remaining_actions` is None where there is no limit, and counted down by the
    server. `exclude` are times that are left out. `memo` and `search_attributes` are those of the workflows
    that are started, the ones that begin with `schedule_` those of the schedule itself.

    `unreadable` is why the server, which knows of it, cannot describe it: there is nothing else then.
    `further` is what it has beside that which seeds can declare, in the server's own terms.
    """

    namespace: str
    id: str
    workflow: str
    workflow_id: str
    task_queue: str
    calendars: frozenset[Calendar] = frozenset()
    intervals: frozenset[Interval] = frozenset()
    exclude: frozenset[Calendar] = frozenset()
    timezone: str = UTC
    jitter: timedelta = timedelta(0)
    start_time: datetime | None = None
    end_time: datetime | None = None
    input: tuple[str, ...] = ()
    memo: Mapping[str, str] = field(default_factory=dict)
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    execution_timeout: timedelta = timedelta(0)
    run_timeout: timedelta = timedelta(0)
    task_timeout: timedelta = timedelta(0)
    retry_policy: RetryPolicy | None = None
    static_summary: str = ""
    static_details: str = ""
    overlap: str = "skip"
    catchup_window: timedelta = DEFAULT_CATCHUP_WINDOW
    pause_on_failure: bool = False
    keep_original_workflow_id: bool = False
    remaining_actions: int | None = None
    paused: bool = False
    note: str = ""
    schedule_memo: Mapping[str, str] = field(default_factory=dict)
    schedule_search_attributes: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it on a server."""
        return self.namespace, self.id


def to_ranges(values: Iterable[int]) -> Sequence[Range]:
    """Return the fewest ranges that are easy to read: one with a step, or runs of neighbours."""
    ordered = sorted(values)
    steps = {after - before for before, after in itertools.pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1:  # noqa: PLR2004  two values are shorter written one by one
        return [Range(ordered[0], ordered[-1], steps.pop())]
    ranges: list[Range] = []
    for value in ordered:
        if ranges and ranges[-1].end == value - 1:
            ranges[-1] = Range(ranges[-1].start, value)
        else:
            ranges.append(Range(value, value))
    return ranges


def to_values(ranges: Iterable[Range]) -> frozenset[int]:
    """Return the values of `ranges`, read as the server reads them: an end before the start is the start."""
    return frozenset(
        value for start, end, step in ranges for value in range(start, max(start, end) + 1, max(1, step))
    )
