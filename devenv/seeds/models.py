"""The seeds format: what a project may declare, as frozen values.

Reading files is `devenv.seeds.load`; what a server has is not described here.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from devenv.project.durations import format_duration
from devenv.project.strict import LAX, Duration, StrictModel
from devenv.seeds import calendars
from devenv.seeds.names import (
    check_archival_uri,
    check_attribute_name,
    check_endpoint_name,
    check_name,
    check_namespace_name,
    check_timezone,
)
from devenv.temporal.schedules import DEFAULT_CATCHUP_WINDOW, SHORTEST_CATCHUP_WINDOW, SHORTEST_INTERVAL

DEFAULT_RETENTION = timedelta(hours=72)
SHORTEST_RETENTION = timedelta(hours=1)


class SearchAttributeType(StrEnum):
    """The types a search attribute can have."""

    TEXT = "Text"
    KEYWORD = "Keyword"
    INT = "Int"
    DOUBLE = "Double"
    BOOL = "Bool"
    DATETIME = "Datetime"
    KEYWORD_LIST = "KeywordList"


class ArchivalState(StrEnum):
    """Whether what retention would delete is archived; only a server with an archive takes part."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class OverlapPolicy(StrEnum):
    """What a schedule does when its previous workflow still runs."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


def check_retention(retention: timedelta) -> timedelta:
    """Return `retention`.

    Raises:
        ValueError: The server would refuse it.
    """
    if retention < SHORTEST_RETENTION:
        raise ValueError(
            f"a retention of {format_duration(retention)} is too short, the server keeps at least 1h"
        )
    return retention


def _check_interval(interval: timedelta) -> timedelta:
    if interval < SHORTEST_INTERVAL:
        raise ValueError(f"an interval of {format_duration(interval)} is too short, it is at least 1s")
    return interval


def _check_window(window: timedelta) -> timedelta:
    if window < SHORTEST_CATCHUP_WINDOW:
        raise ValueError(f"a catchup window of {format_duration(window)} is too short, it is at least 10s")
    return window


def _check_cron(line: str) -> str:
    zone = calendars.parse_cron(line).timezone
    if zone:
        check_timezone(zone)
    return line


def _read_lines(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _check_field(text: str, field: calendars.Field) -> str:
    calendars.parse_field(text, field)
    return text


def _read_calendar_field(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _calendar_field(field: calendars.Field) -> tuple[object, ...]:
    """Return what checks the text of one field of a calendar; a lone number may be written as one."""
    return (
        BeforeValidator(_read_calendar_field),
        AfterValidator(functools.partial(_check_field, field=field)),
        WithJsonSchema({"type": ["string", "integer"]}),
    )


Name = Annotated[str, AfterValidator(check_name)]
NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]
EndpointName = Annotated[str, AfterValidator(check_endpoint_name)]
AttributeName = Annotated[str, AfterValidator(check_attribute_name)]
CronText = Annotated[str, AfterValidator(_check_cron)]
Retention = Annotated[
    Duration,
    AfterValidator(check_retention),
    Field(json_schema_extra={"default": format_duration(DEFAULT_RETENTION)}),
]


ArchivalUri = Annotated[str, AfterValidator(check_archival_uri)]


class SeedModel(StrictModel):
    """A part of a seeds file; an optional key without a value counts as absent."""

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {key: value for key, value in data.items() if value is not None or key not in optional}


class NamespaceSpec(SeedModel):
    """A namespace, with the search attributes its workflows use."""

    name: NamespaceName
    retention: Retention = DEFAULT_RETENTION
    description: str = ""
    owner_email: str = ""
    data: dict[str, str] = Field(default_factory=dict)
    history_archival_state: Annotated[ArchivalState, LAX] | None = None
    history_archival_uri: ArchivalUri = ""
    visibility_archival_state: Annotated[ArchivalState, LAX] | None = None
    visibility_archival_uri: ArchivalUri = ""
    search_attributes: dict[AttributeName, Annotated[SearchAttributeType, LAX]] = Field(default_factory=dict)


class NexusTarget(SeedModel):
    """Where a Nexus endpoint sends its calls."""

    namespace: Name
    task_queue: Name


class NexusEndpointSpec(SeedModel):
    """A Nexus endpoint, known in the whole cluster."""

    name: EndpointName
    target: NexusTarget
    description: str = ""


class CalendarSpec(SeedModel):
    """Times that match every field, in the server's notation: `*`, `5`, `1-5`, `*/15`, `MON-FRI`."""

    second: Annotated[str, *_calendar_field(calendars.SECOND)] = "0"
    minute: Annotated[str, *_calendar_field(calendars.MINUTE)] = "0"
    hour: Annotated[str, *_calendar_field(calendars.HOUR)] = "0"
    day_of_month: Annotated[str, *_calendar_field(calendars.DAY_OF_MONTH)] = "*"
    month: Annotated[str, *_calendar_field(calendars.MONTH)] = "*"
    day_of_week: Annotated[str, *_calendar_field(calendars.DAY_OF_WEEK)] = "*"
    year: Annotated[str, *_calendar_field(calendars.YEAR)] = "*"
    comment: Annotated[str, AfterValidator(calendars.check_comment)] = ""


class ScheduleSpec(SeedModel):
    """A workflow that the server starts by the clock; exactly one of cron, interval, calendar says when.

    The workflow's id is `workflow_id`, or the schedule's own, and the time of the start.
    """

    id: Name
    namespace: Name
    workflow: Name
    task_queue: Name
    workflow_id: Name | None = None
    cron: Annotated[
        tuple[CronText, ...],
        LAX,
        BeforeValidator(_read_lines),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
    ] = ()
    interval: Annotated[Duration, AfterValidator(_check_interval)] | None = None
    offset: Duration = timedelta(0)
    calendar: CalendarSpec | None = None
    timezone: Annotated[str, AfterValidator(check_timezone)] | None = None
    input: Annotated[tuple[JsonValue, ...], LAX] = ()
    paused: bool = False
    note: str = ""
    overlap: Annotated[OverlapPolicy, LAX] = OverlapPolicy.SKIP
    catchup_window: Annotated[Duration, AfterValidator(_check_window)] = DEFAULT_CATCHUP_WINDOW

    @model_validator(mode="after")
    def _check_timing(self) -> ScheduleSpec:
        timings = {"cron": self.cron or None, "interval": self.interval, "calendar": self.calendar}
        given = [name for name, value in timings.items() if value is not None]
        if not given:
            raise ValueError(f'the schedule "{self.id}" has no time, give it one of cron, interval, calendar')
        if len(given) > 1:
            raise ValueError(f'the schedule "{self.id}" has {" and ".join(given)}, only one of them can rule')
        if self.interval is None and self.offset:
            raise ValueError(f'the schedule "{self.id}" has an offset and no interval')
        if self.interval is not None:
            calendars.check_interval(self.interval, self.offset)
        return self

    @model_validator(mode="after")
    def _check_zones(self) -> ScheduleSpec:
        # As the server: a line without a time zone agrees only with others that have none.
        written = {calendars.parse_cron(line).timezone for line in self.cron}
        known = written | ({self.timezone} if self.timezone and written - {""} else set())
        if len(known) > 1:
            named = ", ".join(sorted(zone or "none" for zone in known))
            raise ValueError(f'the schedule "{self.id}" has more than one time zone: {named}')
        return self


class Seeds(SeedModel):
    """Everything declared, in the order of declaration: the content of one file, or of all of them."""

    namespaces: Annotated[tuple[NamespaceSpec, ...], LAX] = ()
    nexus_endpoints: Annotated[tuple[NexusEndpointSpec, ...], LAX] = ()
    schedules: Annotated[tuple[ScheduleSpec, ...], LAX] = ()

    # Where namespaces are declared, as file:line:column; empty for what comes from no file.
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    def placed(self, places: dict[str, str]) -> Seeds:
        """Return these seeds, knowing the place of each namespace."""
        copy = self.model_copy()
        copy._places = places  # noqa: SLF001  the attribute is this class's own
        return copy

    def place_of(self, namespace: str) -> str | None:
        """Return where `namespace` is declared, if it comes from a file."""
        return self._places.get(namespace)
