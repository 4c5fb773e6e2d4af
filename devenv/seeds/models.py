"""The seeds format: what a project may declare, as frozen values.

Reading files is `devenv.seeds.load`; what a server has is not described here.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from devenv.project.durations import format_duration
from devenv.project.strict import LAX, Duration, StrictModel
from devenv.seeds.names import check_attribute_name, check_endpoint_name, check_name, check_namespace_name

DEFAULT_RETENTION = timedelta(hours=72)
SHORTEST_RETENTION = timedelta(hours=1)
SHORTEST_INTERVAL = timedelta(seconds=1)

_CRON_FIELDS = range(5, 8)


class SearchAttributeType(StrEnum):
    """The types a search attribute can have."""

    TEXT = "Text"
    KEYWORD = "Keyword"
    INT = "Int"
    DOUBLE = "Double"
    BOOL = "Bool"
    DATETIME = "Datetime"
    KEYWORD_LIST = "KeywordList"


class OverlapPolicy(StrEnum):
    """What a schedule does when its previous workflow still runs."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


def _check_retention(retention: timedelta) -> timedelta:
    if retention < SHORTEST_RETENTION:
        raise ValueError(
            f"a retention of {format_duration(retention)} is too short, the server keeps at least 1h"
        )
    return retention


def _check_interval(interval: timedelta) -> timedelta:
    if interval < SHORTEST_INTERVAL:
        raise ValueError(f"an interval of {format_duration(interval)} is too short, it is at least 1s")
    return interval


def _check_cron(cron: str) -> str:
    """Refuse what cannot be a cron line; its fields are the server's to judge."""
    fields = cron.split()
    if fields and fields[0].startswith(("CRON_TZ=", "TZ=")):
        fields = fields[1:]
    if not cron.startswith("@") and len(fields) not in _CRON_FIELDS:
        raise ValueError(f'"{cron}" is not a cron line: five to seven fields are needed, found {len(fields)}')
    return cron


def _read_calendar_field(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, AfterValidator(check_name)]
NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]
EndpointName = Annotated[str, AfterValidator(check_endpoint_name)]
AttributeName = Annotated[str, AfterValidator(check_attribute_name)]
CalendarField = Annotated[
    str, BeforeValidator(_read_calendar_field), WithJsonSchema({"type": ["string", "integer"]})
]
Retention = Annotated[
    Duration,
    AfterValidator(_check_retention),
    Field(json_schema_extra={"default": format_duration(DEFAULT_RETENTION)}),
]


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

    second: CalendarField = "0"
    minute: CalendarField = "0"
    hour: CalendarField = "0"
    day_of_month: CalendarField = "*"
    month: CalendarField = "*"
    day_of_week: CalendarField = "*"
    year: CalendarField = "*"
    comment: str = ""


class ScheduleSpec(SeedModel):
    """A workflow that the server starts by the clock; exactly one of cron, interval, calendar says when."""

    id: Name
    namespace: Name
    workflow: Name
    task_queue: Name
    cron: Annotated[str, AfterValidator(_check_cron)] | None = None
    interval: Annotated[Duration, AfterValidator(_check_interval)] | None = None
    calendar: CalendarSpec | None = None
    input: Annotated[tuple[JsonValue, ...], LAX] = ()
    paused: bool = False
    overlap: Annotated[OverlapPolicy, LAX] = OverlapPolicy.SKIP

    @model_validator(mode="after")
    def _check_timing(self) -> ScheduleSpec:
        timings = {"cron": self.cron, "interval": self.interval, "calendar": self.calendar}
        given = [name for name, value in timings.items() if value is not None]
        if not given:
            raise ValueError(f'the schedule "{self.id}" has no time, give it one of cron, interval, calendar')
        if len(given) > 1:
            raise ValueError(f'the schedule "{self.id}" has {" and ".join(given)}, only one of them can rule')
        return self


class Seeds(SeedModel):
    """Everything declared, in the order of declaration: the content of one file, or of all of them."""

    namespaces: Annotated[tuple[NamespaceSpec, ...], LAX] = ()
    nexus_endpoints: Annotated[tuple[NexusEndpointSpec, ...], LAX] = ()
    schedules: Annotated[tuple[ScheduleSpec, ...], LAX] = ()
