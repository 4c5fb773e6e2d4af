"""The words for a change: the line that people read, and the JSON document that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.seeds.changes import Kind
from devenv.seeds.plan import endpoint_value, namespace_value
from devenv.seeds.schedule_plan import schedule_value
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from devenv.seeds.changes import Change

TITLES = {
    Kind.NAMESPACE: "namespace",
    Kind.SEARCH_ATTRIBUTE: "search attribute",
    Kind.NEXUS_ENDPOINT: "Nexus endpoint",
    Kind.SCHEDULE: "schedule",
}
_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_OBSTACLE = "!"


def change_line(change: Change) -> str:
    """Return the line that people read, such as `~ namespace orders: retention 3d → 30d`.

    One that cannot be applied begins with an exclamation mark.
    """
    owner = f"{change.namespace}." if change.namespace else ""
    sign = _OBSTACLE if change.obstacle else _SIGNS[change.action]
    head = f"{sign} {TITLES[change.kind]} {owner}{change.name}"
    if change.action is Action.UPDATE:
        label = f"{change.field} " if change.field else ""
        return f"{head}: {label}{_value(change, change.before)} → {_value(change, change.after)}"
    if change.action is Action.DELETE:
        return head
    return f"{head} ({_side(change, change.after)})" if change.field else f"{head} {change.after}"


def change_document(change: Change) -> dict[str, Any]:
    """Return the JSON form; `obstacle` is there only where there is one."""
    document = {
        "action": change.action.value,
        "kind": change.kind.value,
        "name": change.name,
        "namespace": change.namespace,
        "before": None if change.action is Action.CREATE else _side(change, change.before),
        "after": None if change.action is Action.DELETE else _side(change, change.after),
        "reason": change.reason,
    }
    return document | ({"obstacle": change.obstacle} if change.obstacle else {})


def _side(change: Change, value: object) -> str:
    text = _value(change, value)
    return f"{change.field} {text}" if change.field else text


def _value(change: Change, value: Any) -> str:
    if change.field is None:
        return str(value)
    match change.kind:
        case Kind.NAMESPACE:
            return namespace_value(change.field, value)
        case Kind.NEXUS_ENDPOINT:
            return endpoint_value(change.field, value)
        case Kind.SCHEDULE:
            return schedule_value(change.field, value)
        case _:
            raise AssertionError(f"a {change.kind} has no field {change.field}")
