"""What is declared, as the values that a gateway reads and writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devenv.seeds import calendars
from devenv.temporal.protocol import Namespace, NexusEndpoint
from devenv.temporal.schedules import UTC, Calendar, Interval, Schedule

if TYPE_CHECKING:
    from devenv.seeds.models import CalendarSpec, NamespaceSpec, NexusEndpointSpec, ScheduleSpec


def to_namespace(spec: NamespaceSpec) -> Namespace:
    """Return the namespace; what is not declared is empty, which the server takes for `leave it`."""
    return Namespace(
        name=spec.name,
        retention=spec.retention,
        description=spec.description,
        owner_email=spec.owner_email,
        data=spec.data,
        history_archival_state=spec.history_archival_state or "",
        history_archival_uri=spec.history_archival_uri,
        visibility_archival_state=spec.visibility_archival_state or "",
        visibility_archival_uri=spec.visibility_archival_uri,
    )


def to_endpoint(spec: NexusEndpointSpec) -> NexusEndpoint:
    """Return the Nexus endpoint."""
    return NexusEndpoint(
        name=spec.name,
        namespace=spec.target.namespace,
        task_queue=spec.target.task_queue,
        description=spec.description,
    )


def to_schedule(spec: ScheduleSpec) -> Schedule:
    """Return the schedule, its times read as the server reads them."""
    lines = [calendars.parse_cron(line) for line in spec.cron]
    times: list[Calendar | Interval] = [line.times for line in lines]
    if spec.calendar is not None:
        times.append(_to_calendar(spec.calendar))
    if spec.interval is not None:
        times.append(Interval(spec.interval, spec.offset))
    return Schedule(
        namespace=spec.namespace,
        id=spec.id,
        workflow=spec.workflow,
        workflow_id=spec.workflow_id or spec.id,
        task_queue=spec.task_queue,
        calendars=frozenset(each for each in times if isinstance(each, Calendar)),
        intervals=frozenset(each for each in times if isinstance(each, Interval)),
        timezone=spec.timezone or next((line.timezone for line in lines if line.timezone), UTC),
        input=tuple(json.dumps(value, sort_keys=True, ensure_ascii=False) for value in spec.input),
        overlap=spec.overlap.value,
        catchup_window=spec.catchup_window,
        paused=spec.paused,
        note=spec.note,
    )


def _to_calendar(spec: CalendarSpec) -> Calendar:
    values = {
        field.name: calendars.parse_field(getattr(spec, field.name), field) for field in calendars.FIELDS
    }
    return Calendar(**values, comment=spec.comment)
