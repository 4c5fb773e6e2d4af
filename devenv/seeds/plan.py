"""What it takes to bring a server from what it has to what is declared. Pure: no server is asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devenv.files.durations import format_duration
from devenv.seeds.changes import Change, Key, Kind
from devenv.seeds.differences import quoted, updates
from devenv.seeds.removals import removals
from devenv.seeds.schedule_plan import schedule_changes
from devenv.seeds.targets import to_endpoint, to_namespace
from devenv.temporal.protocol import Action, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.seeds.differences import Differences
    from devenv.seeds.models import NamespaceSpec, Seeds
    from devenv.temporal.protocol import Namespace, NexusEndpoint
    from devenv.temporal.schedules import Schedule


@dataclass(frozen=True)
class Observed:
    """What a server has.

    Search attributes are those visible in each namespace (name to type); `archives` tells whether the server
    has an archive: one that has none ignores what is said about it. `is_stack` tells whether devenv runs it.
    """

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    search_attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    endpoints: Mapping[str, NexusEndpoint] = field(default_factory=dict)
    schedules: Mapping[tuple[str, str], Schedule] = field(default_factory=dict)
    cluster: Cluster = field(default_factory=Cluster)
    archives: bool = False
    is_stack: bool = True


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
            return list(schedule_changes(desired, observed.schedules, is_stack=observed.is_stack))


def _namespace_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.namespaces:
        key, found = Key(None, spec.name), observed.namespaces.get(spec.name)
        if found is None:
            reason = "not registered"
            yield Change(Action.CREATE, Kind.NAMESPACE, key, "retention", None, spec.retention, reason, spec)
        else:
            differences = _namespace_differences(to_namespace(spec), found, archives=observed.archives)
            yield from updates(Kind.NAMESPACE, key, spec, differences)


def namespace_value(name: str, value: Any) -> str:
    """Return the words for a value of the field `name` of a namespace."""
    return format_duration(value) if name == "retention" else quoted(value)


def _namespace_differences(desired: Namespace, observed: Namespace, *, archives: bool) -> Differences:
    if desired.retention != observed.retention:
        yield "retention", observed.retention, desired.retention
    for name in ("description", "owner_email", *(_ARCHIVAL if archives else ())):
        before, after = getattr(observed, name), getattr(desired, name)
        # The server takes an empty text for "leave it": what is not declared cannot differ.
        if after and after != before:
            yield name, before, after
    for key, value in desired.data.items():
        # The server merges data, so further keys there are no drift.
        if observed.data.get(key) != value:
            yield f"data.{key}", observed.data.get(key, ""), value


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
            key, found = Key(spec.name, name), visible.get(name)
            if found is None:
                what = Kind.SEARCH_ATTRIBUTE
                yield Change(Action.CREATE, what, key, None, None, kind.value, "not there", spec)
            elif found != kind:
                yield _other_type(spec, name, found, observed, desired.place_of(spec.name))


def _other_type(spec: NamespaceSpec, name: str, found: str, observed: Observed, place: str | None) -> Change:
    declared = spec.search_attributes[name].value
    where = f" at {place}" if place else ""
    ways = f"declare {found}{where}, or give the {declared} another name"
    if observed.cluster.shares_attributes:
        ways += "; the index keeps the type as long as its data"
        ways += " (`devenv down --volumes` deletes all data of the stack)" if observed.is_stack else ""
    elif observed.is_stack:
        removal = (
            f"devenv temporal operator search-attribute remove -n {spec.name} --name {shlex.quote(name)}"
        )
        ways += f"; or remove it, with the values that workflows have of it: `{removal}`"
    what = f"search attribute {name} in {spec.name} is {found}, declared is {declared}"
    return Change(
        Action.UPDATE,
        Kind.SEARCH_ATTRIBUTE,
        Key(spec.name, name),
        None,
        found,
        declared,
        "type differs",
        spec,
        obstacle=f"{what}; no server changes the type of one: {ways}",
    )


def _endpoint_changes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    for spec in desired.nexus_endpoints:
        key, kind = Key(None, spec.name), Kind.NEXUS_ENDPOINT
        endpoint, found = to_endpoint(spec), observed.endpoints.get(spec.name)
        if found is None:
            yield Change(Action.CREATE, kind, key, "target", None, endpoint.target, "not there", spec)
        else:
            yield from updates(kind, key, spec, _endpoint_differences(endpoint, found))


def _endpoint_differences(desired: NexusEndpoint, observed: NexusEndpoint) -> Differences:
    if desired.target != observed.target:
        yield "target", observed.target, desired.target
    if desired.description and desired.description != observed.description:
        yield "description", observed.description, desired.description


def endpoint_value(name: str, value: Any) -> str:
    """Return the words for a value of the field `name` of a Nexus endpoint."""
    return quoted(value) if name == "description" else str(value)
