"""From changes to the requests that make them: several changes of one thing are one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.seeds.changes import Change, Kind
from devenv.seeds.schedule_target import to_schedule
from devenv.seeds.targets import to_endpoint, to_namespace
from devenv.temporal.protocol import Action, Namespace, NexusEndpoint, SearchAttributes, Write
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.seeds.models import Seeds


@dataclass(frozen=True)
class Work:
    """One request and the changes that it makes."""

    write: Write
    changes: tuple[Change, ...]


def work_for(changes: Sequence[Change], desired: Seeds, *, shares_attributes: bool) -> list[Work]:
    """Return the requests for `changes`, in their order.

    Where the cluster `shares_attributes`, adding is a read-modify-write of one versioned record, and so is
    removing: all go into one request.
    """
    groups: dict[tuple[Action, Kind, str | None, str], list[Change]] = {}
    for change in changes:
        is_attribute = change.kind is Kind.SEARCH_ATTRIBUTE
        owner = None if is_attribute and shares_attributes else change.namespace
        key = (change.action, change.kind, owner, "" if is_attribute else change.name)
        groups.setdefault(key, []).append(change)
    return [Work(Write(group[0].action, _target(group, desired)), tuple(group)) for group in groups.values()]


def _target(
    group: Sequence[Change], desired: Seeds
) -> Namespace | SearchAttributes | NexusEndpoint | Schedule:
    change = group[0]
    match change.kind:
        case Kind.NAMESPACE:
            namespaces = [to_namespace(spec) for spec in desired.namespaces if spec.name == change.name]
            return namespaces[0] if namespaces else Namespace(change.name)
        case Kind.SEARCH_ATTRIBUTE:
            types = {each.name: each.after or each.before or "" for each in group}
            return SearchAttributes(change.namespace or "", types)
        case Kind.NEXUS_ENDPOINT:
            endpoints = [to_endpoint(spec) for spec in desired.nexus_endpoints if spec.name == change.name]
            return endpoints[0] if endpoints else NexusEndpoint(change.name)
        case Kind.SCHEDULE:
            key = (change.namespace or "", change.name)
            schedules = [to_schedule(spec) for spec in desired.schedules if (spec.namespace, spec.id) == key]
            return schedules[0] if schedules else Schedule(*key, workflow="", workflow_id="", task_queue="")
