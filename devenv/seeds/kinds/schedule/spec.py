"""What a seeds file can say about a schedule."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, JsonValue, model_validator

from devenv.files.durations import DurationLimits, format_duration
from devenv.files.strict import LAX, Duration, limited_duration
from devenv.project.names import check_free_name
from devenv.seeds.attributes import AttributeName
from devenv.seeds.kinds.schedule import calendars
from devenv.seeds.kinds.schedule.times import Calendars, CronLines, Intervals, Moment, check_timezone
from devenv.seeds.seed_model import FreeName, Name, SeedModel, Spec
from devenv.temporal.schedules import DEFAULT_CATCHUP_WINDOW, SHORTEST_CATCHUP_WINDOW

# The server puts `temporal-sys-scheduler:` before the one and the time of the start behind the other.
_LONGEST_SCHEDULE_ID = 232
_LONGEST_STARTED_WORKFLOW_ID = 234
_A_MOMENT = DurationLimits(timedelta(milliseconds=1))


class OverlapPolicy(StrEnum):
    """What a schedule does when its previous workflow still runs."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


class RetryPolicySpec(SeedModel):
    """When a failed workflow is started again; `maximum_interval` is 100 times the initial by default."""

    initial_interval: Annotated[timedelta, *limited_duration("an initial interval", _A_MOMENT)] = timedelta(
        seconds=1
    )
    backoff_coefficient: Annotated[float, Field(ge=1, strict=False)] = 2.0
    maximum_interval: Annotated[timedelta, *limited_duration("a maximum interval", _A_MOMENT)] | None = None
    maximum_attempts: Annotated[int, Field(ge=0)] = 0
    non_retryable_error_types: Annotated[tuple[str, ...], LAX] = ()

    @model_validator(mode="after")
    def _check_intervals(self) -> RetryPolicySpec:
        if self.maximum_interval is not None and self.maximum_interval < self.initial_interval:
            raise ValueError(
                f"a maximum interval of {format_duration(self.maximum_interval)} is shorter "
                f"than the initial one of {format_duration(self.initial_interval)}"
            )
        return self


Value = str | bool | int | float | list[str]


class ScheduleSpec(Spec):
    """A workflow that the server starts by the clock; cron, interval and calendar say when, together.

    The workflow's id is `workflow_id`, or the schedule's own, and the time of the start. `memo` and
    `search_attributes` are those of the workflow, the ones that begin with `schedule_` the schedule's own.
    """

    identity: ClassVar[tuple[str, ...]] = ("namespace", "id")
    namespace_path: ClassVar[tuple[str, ...]] = ("namespace",)
    unsupported: ClassVar[frozenset[str]] = frozenset(
        {
            "backfill",
            "backfills",
            "cron_schedule",
            "fairness_key",
            "fairness_weight",
            "header",
            "headers",
            "initial_backfill",
            "initial_patch",
            "priority",
            "priority_key",
            "timezone_data",
            "trigger_immediately",
            "versioning_override",
            "workflow_id_conflict_policy",
            "workflow_id_reuse_policy",
        }
    )
    called_here: ClassVar[dict[str, str]] = {
        "args": "input",
        "arguments": "input",
        "calendars": "calendar, which may be a list",
        "cron_expressions": "cron, which may be a list",
        "cron_string": "cron",
        "cron_strings": "cron, which may be a list",
        "crons": "cron, which may be a list",
        "end_at": "end_time",
        "every": "interval",
        "exclude_calendar": "exclude",
        "exclude_structured_calendar": "exclude",
        "intervals": "interval, which may be a list",
        "limited_actions": "remaining_actions, the number that is left",
        "notes": "note",
        "overlap_policy": "overlap",
        "phase": "offset",
        "schedule_id": "id",
        "skip": "exclude",
        "start_at": "start_time",
        "structured_calendar": "calendar",
        "time_zone": "timezone",
        "time_zone_name": "timezone",
        "timezone_name": "timezone",
        "type": "workflow",
        "workflow_execution_timeout": "execution_timeout",
        "workflow_run_timeout": "run_timeout",
        "workflow_task_timeout": "task_timeout",
        "workflow_type": "workflow",
    } | dict.fromkeys(
        ("action", "policies", "policy", "schedule", "spec", "start_workflow", "state"),
        "no level of its own: write its fields right here",
    )

    id: Annotated[str, AfterValidator(partial(check_free_name, longest=_LONGEST_SCHEDULE_ID))]
    namespace: Name
    workflow: FreeName
    task_queue: FreeName
    workflow_id: (
        Annotated[str, AfterValidator(partial(check_free_name, longest=_LONGEST_STARTED_WORKFLOW_ID))] | None
    ) = None
    cron: CronLines = ()
    interval: Intervals = ()
    offset: Duration = timedelta(0)
    calendar: Calendars = ()
    exclude: Calendars = ()
    timezone: Annotated[str, AfterValidator(check_timezone)] | None = None
    jitter: Duration = timedelta(0)
    start_time: Moment | None = None
    end_time: Moment | None = None
    input: Annotated[tuple[JsonValue, ...], LAX] = ()
    memo: dict[str, JsonValue] = Field(default_factory=dict)
    search_attributes: dict[AttributeName, Value] = Field(default_factory=dict)
    execution_timeout: Duration = timedelta(0)
    run_timeout: Duration = timedelta(0)
    task_timeout: Duration = timedelta(0)
    retry_policy: RetryPolicySpec | None = None
    static_summary: str = ""
    static_details: str = ""
    paused: bool = False
    note: str = ""
    remaining_actions: Annotated[int, Field(ge=0)] | None = None
    overlap: Annotated[OverlapPolicy, LAX] = OverlapPolicy.SKIP
    catchup_window: Annotated[
        timedelta, *limited_duration("a catchup window", DurationLimits(SHORTEST_CATCHUP_WINDOW))
    ] = DEFAULT_CATCHUP_WINDOW
    pause_on_failure: bool = False
    keep_original_workflow_id: bool = False
    schedule_memo: dict[str, JsonValue] = Field(default_factory=dict)
    schedule_search_attributes: dict[AttributeName, Value] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_timing(self) -> ScheduleSpec:
        if not (self.cron or self.interval or self.calendar):
            raise ValueError(f'the schedule "{self.id}" has no time, give it cron, interval or calendar')
        if self.offset:
            self._check_offset()
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            raise ValueError(f'the schedule "{self.id}" ends before it starts')
        return self

    def _check_offset(self) -> None:
        if not self.interval:
            raise ValueError(f'the schedule "{self.id}" has an offset and no interval')
        if len(self.interval) > 1 or self.interval[0].offset:
            raise ValueError(
                f'the schedule "{self.id}" has an offset beside its intervals, '
                "write it behind the interval that it is of: 6h/10m"
            )
        calendars.check_interval(self.interval[0].every, self.offset)

    @model_validator(mode="after")
    def _check_zones(self) -> ScheduleSpec:
        # As the server: a line without a time zone agrees only with others that have none.
        written = {calendars.parse_cron(line).timezone for line in self.cron}
        known = written | ({self.timezone} if self.timezone and written - {""} else set())
        if len(known) > 1:
            named = ", ".join(sorted(zone or "none" for zone in known))
            raise ValueError(f'the schedule "{self.id}" has more than one time zone: {named}')
        return self
