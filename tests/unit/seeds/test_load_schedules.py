"""Schedules in seeds: which times they can have, and how mistakes in them are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from unit.seeds.seed_files import refusals, write

from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


SCHEDULE = "{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("priority_key: 1", "seeds do not support priority_key yet"),
        ("versioningOverride: {}", "seeds do not support versioningOverride yet"),
        ("workflow_run_timeout: 1h", 'unknown field "workflow_run_timeout"; in seeds it is run_timeout'),
        ("pause-on-failure: true", 'unknown field "pause-on-failure"; in seeds it is pause_on_failure'),
        ("overlapPolicy: Skip", 'unknown field "overlapPolicy"; in seeds it is overlap'),
        (
            "spec: {}",
            'unknown field "spec"; in seeds it is no level of its own: write its fields right here',
        ),
        ("jiter: 5s", 'unknown field "jiter"; did you mean "jitter"?'),
        ("offset: 1h", "an offset of 1h is not shorter than its interval of 1h"),
        ("remaining_actions: -1", "expected a number of at least 0, found the number -1"),
        ("start_time: soon", '"soon" is not a time, write one such as 2027-01-31T09:00:00Z'),
        ("start_time: 5", "expected a time such as 2027-01-31T09:00:00Z, found the number 5"),
        ("end_time: 2027-01-01, start_time: 2027-01-01T00:00:00Z", 'the schedule "s" ends before it starts'),
        (
            "retry_policy: {initial_interval: 1m, maximum_interval: 1s}",
            "a maximum interval of 1s is shorter than the initial one of 1m",
        ),
        ("retry_policy: {backoff_coefficient: 0.5}", "expected a number of at least 1, found the number 0.5"),
        ("catchup_window: 5", "expected a duration such as 72h or 30d, found the number 5"),
        ("catchup_window: '5'", '"5" has no unit, write 5h for hours or 5d for days'),
        (
            "search_attributes: {B: 1}",
            'the namespace "a" declares no search attribute "B"; did you mean "BB"?',
        ),
        (
            "search_attributes: {BB: 1}",
            "expected a value of type Keyword for the search attribute BB, found the number 1",
        ),
        (
            "schedule_search_attributes: {CC: text}",
            "expected a value of type Int for the search attribute CC, found text",
        ),
        (f"id: {'x' * 233}", "a name has at most 232 characters, this one has 233"),
    ],
)
def test_what_a_schedule_cannot_be_told_is_said_at_its_place(fields: str, message: str) -> None:
    """What Temporal has and seeds have not is not unknown, and what it calls otherwise is named."""
    schedule = SCHEDULE.replace("id: s, ", "") if fields.startswith("id:") else SCHEDULE
    layer = write(
        "seeds/a.yaml",
        "namespaces: [{name: a, search_attributes: {BB: Keyword, CC: Int}}]\n"
        f"schedules:\n- {schedule}, {fields}}}\n",
    )
    [told] = refusals(layer)
    place, _, reason = told.partition(": ")
    assert (place.rpartition(":")[0], reason) == ("seeds/a.yaml:3", message)


def test_a_schedule_can_have_times_of_every_kind() -> None:
    """Those of the same kind as a list, or one without brackets."""
    layer = write(
        "seeds/a.yaml",
        """\
namespaces: [{name: a}]
schedules:
  - id: s
    namespace: a
    workflow: W
    task_queue: q
    cron: "@daily"
    interval: [1h, 6h/10m, {every: 2d, offset: 1h}]
    calendar: [{hour: 9}, {hour: 10}]
    exclude: {month: 12}
    start_time: 2027-01-01T02:00:00+02:00
    end_time: "2028-01-01"
""",
    )
    [spec] = load_seeds([layer]).of(ScheduleSpec)
    assert [(each.every, each.offset) for each in spec.interval] == [
        (timedelta(hours=1), timedelta(0)),
        (timedelta(hours=6), timedelta(minutes=10)),
        (timedelta(days=2), timedelta(hours=1)),
    ]
    assert ([each.hour for each in spec.calendar], [each.month for each in spec.exclude]) == (
        ["9", "10"],
        ["12"],
    )
    assert (spec.start_time, spec.end_time) == (
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
    )
