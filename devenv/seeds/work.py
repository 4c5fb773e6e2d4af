"""From changes to the requests that make them: several changes of one thing are one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.seeds.changes import Change, Key, Kind
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec
from devenv.seeds.schedule_spec import ScheduleSpec
from devenv.seeds.schedule_target import to_schedule
from devenv.seeds.targets import to_endpoint, to_namespace
from devenv.temporal.protocol import Action, Namespace, NexusEndpoint, SearchAttributes, Write
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Work:
    """One request and the changes that it makes."""

    write: Write
    changes: tuple[Change, ...]


def work_for(changes: Sequence[Change], *, shares_attributes: bool) -> list[Work]:
    """Return the requests for `changes`, in their order.

    Where the cluster `shares_attributes`, adding is a read-modify-write of one versioned record, and so is
    removing: all go into one request.
    """
    groups: dict[tuple[Action, Kind, Key], list[Change]] = {}
    for change in changes:
        key = change.key
        if change.kind is Kind.SEARCH_ATTRIBUTE:
            key = Key(None if shares_attributes else key.namespace, "")
        groups.setdefault((change.action, change.kind, key), []).append(change)
    return [Work(Write(group[0].action, _target(group)), tuple(group)) for group in groups.values()]


def _target(group: Sequence[Change]) -> Namespace | SearchAttributes | NexusEndpoint | Schedule:
    change = group[0]
    match change.kind, change.spec:
        case Kind.SEARCH_ATTRIBUTE, _:
            types = {each.name: str(each.after or each.before) for each in group}
            return SearchAttributes(change.namespace or "", types)
        case _, NamespaceSpec() as spec:
            return to_namespace(spec)
        case _, NexusEndpointSpec() as spec:
            return to_endpoint(spec)
        case _, ScheduleSpec() as spec:
            return to_schedule(spec)
        case _:
            return _deleted(change)


def _deleted(change: Change) -> Namespace | NexusEndpoint | Schedule:
    match change.kind:
        case Kind.NAMESPACE:
            return Namespace(change.name)
        case Kind.NEXUS_ENDPOINT:
            return NexusEndpoint(change.name)
        case _:
            return Schedule(change.namespace or "", change.name, workflow="", workflow_id="", task_queue="")
