"""What it takes to bring a server from what it has to what is declared. Pure: no server is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.project.durations import format_duration
from devenv.seeds.calendars import to_cron
from devenv.seeds.changes import Change, Kind
from devenv.seeds.removals import removals
from devenv.seeds.targets import to_endpoint, to_namespace, to_schedule
from devenv.temporal.protocol import Action, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devenv.seeds.models import Seeds
    from devenv.temporal.protocol import Namespace, NexusEndpoint
    from devenv.temporal.schedules import Schedule

    Differences = Iterable[tuple[str, str, str]]


@dataclass(frozen=True)
class Observed:
    """What a server has.

    Search attributes are those visible in each namespace (name to type); `archives` tells whether the server
    has an archive: one that has none ignores what is said about it.
    """

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    search_attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    endpoints: Mapping[str, NexusEndpoint] = field(default_factory=dict)
    schedules: Mapping[tuple[str, str], Schedule] = field(default_factory=dict)
    cluster: Cluster = field(default_factory=Cluster)
    archives: bool = False


def plan(desired: Seeds, observed: Observed, *, prune: bool = False) -> list[Change]:
    """Return the changes in the order in which they can be made: what others need first, deletions last.

    Nothing that is there and not declared is touched, except with `prune`.
    """
    changes = [change for kind in Kind for change in changes_of(kind, desired, observed)]
    return changes + (removals(desired, observed) if prune else [])


def changes_of(kind: Kind, desired: Seeds, observed: Observed) -> list[Change]:
    """Return what is to be created and updated of one kind, in the order of its declaration."""
    match kind:
        case Kind.NAMESPACE:
            return list(_namespace_changes(desired, observed))
        case Kind.SEARCH_ATTRIBUTE:
            return list(_attribute_changes(desired, observed))
        case Kind.NEXUS_ENDPOINT:
            return list(_endpoint_changes(desired, observed))
        case Kind.SCHEDULE:
            return list(_schedule_changes(desired, observed))


def type_conflicts(changes: Sequence[Change]) -> list[str]:
    """Return a sentence for each search attribute that has another type, which no server can change."""
    return [
        f"search attribute {change.name} in {change.namespace} is {change.before}, declared is {change.after}"
        for change in changes
        if change.kind is Kind.SEARCH_ATTRIBUTE and change.action is Action.UPDATE
    ]


def _namespace_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.namespaces:
        found = observed.namespaces.get(spec.name)
        if found is None:
            after = f"retention {format_duration(spec.retention)}"
            yield Change(Action.CREATE, Kind.NAMESPACE, spec.name, None, None, after, "not registered")
        else:
            differences = _namespace_differences(to_namespace(spec), found, archives=observed.archives)
            yield from _updates(Kind.NAMESPACE, spec.name, None, differences)


def _namespace_differences(desired: Namespace, observed: Namespace, *, archives: bool) -> Differences:
    if desired.retention != observed.retention:
        yield "retention", format_duration(observed.retention), format_duration(desired.retention)
    for name in ("description", "owner_email", *(_ARCHIVAL if archives else ())):
        before, after = getattr(observed, name), getattr(desired, name)
        # The server takes an empty text for "leave it": what was not declared cannot differ.
        if after and after != before:
            yield name, _quoted(before), _quoted(after)
    for key, value in desired.data.items():
        # The server merges data, so further keys there are nobody's drift.
        if observed.data.get(key) != value:
            yield f"data.{key}", _quoted(observed.data.get(key, "")), _quoted(value)


_ARCHIVAL = (
    "history_archival_state",
    "history_archival_uri",
    "visibility_archival_state",
    "visibility_archival_uri",
)


def _attribute_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.namespaces:
        visible = observed.search_attributes.get(spec.name, {})
        for name, kind in spec.search_attributes.items():
            found = visible.get(name)
            if found is None:
                yield Change(
                    Action.CREATE, Kind.SEARCH_ATTRIBUTE, name, spec.name, None, kind.value, "not there"
                )
            elif found != kind:
                yield Change(
                    Action.UPDATE, Kind.SEARCH_ATTRIBUTE, name, spec.name, found, kind.value, "type differs"
                )


def _endpoint_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.nexus_endpoints:
        endpoint, found = to_endpoint(spec), observed.endpoints.get(spec.name)
        if found is None:
            after = f"target {_target(endpoint)}"
            yield Change(Action.CREATE, Kind.NEXUS_ENDPOINT, spec.name, None, None, after, "not there")
        else:
            yield from _updates(Kind.NEXUS_ENDPOINT, spec.name, None, _endpoint_differences(endpoint, found))


def _endpoint_differences(desired: NexusEndpoint, observed: NexusEndpoint) -> Differences:
    if _target(desired) != _target(observed):
        yield "target", _target(observed), _target(desired)
    if desired.description and desired.description != observed.description:
        yield "description", _quoted(observed.description), _quoted(desired.description)


def _target(endpoint: NexusEndpoint) -> str:
    return endpoint.url or f"{endpoint.namespace}/{endpoint.task_queue}"


def _schedule_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.schedules:
        schedule = to_schedule(spec)
        found = observed.schedules.get(schedule.key)
        if found is None:
            after = f"times {_times(schedule)}"
            yield Change(Action.CREATE, Kind.SCHEDULE, spec.id, spec.namespace, None, after, "not there")
        else:
            differences = _schedule_differences(schedule, found)
            yield from _updates(Kind.SCHEDULE, spec.id, spec.namespace, differences)


def _schedule_differences(desired: Schedule, observed: Schedule) -> Differences:
    before, after = _schedule_texts(observed), _schedule_texts(desired)
    for name, text in after.items():
        is_left_open = name == "note" and not desired.note
        if before[name] != text and not is_left_open:
            yield name, before[name], text


def _schedule_texts(schedule: Schedule) -> dict[str, str]:
    """Return what of a schedule is compared, and shown."""
    return {
        "times": _times(schedule),
        "timezone": schedule.timezone,
        "workflow": schedule.workflow,
        "workflow_id": schedule.workflow_id,
        "task_queue": schedule.task_queue,
        "input": f"[{', '.join(schedule.input)}]",
        "overlap": schedule.overlap,
        "catchup_window": format_duration(schedule.catchup_window),
        "paused": str(schedule.paused).lower(),
        "note": _quoted(schedule.note),
        "further": json.dumps(schedule.further, sort_keys=True) if schedule.further else "none",
    }


def _times(schedule: Schedule) -> str:
    lines = [*map(to_cron, schedule.calendars), *map(to_cron, schedule.intervals)]
    return "; ".join(sorted(lines)) or "none"


def _updates(kind: Kind, name: str, namespace: str | None, differences: Differences) -> Iterator[Change]:
    for label, before, after in differences:
        reason = f"{label} differs"
        yield Change(Action.UPDATE, kind, name, namespace, f"{label} {before}", f"{label} {after}", reason)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if text else "none"
