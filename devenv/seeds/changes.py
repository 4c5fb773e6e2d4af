"""One step from what a server has to what is declared: its values, and the line that people read."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Key

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_OBSTACLE = "!"


@dataclasses.dataclass(frozen=True)
class Change:
    """One step from observed to desired; also one item of drift.

    `field` is what differs, None where the object is a single value. `before` and `after` are values of that
    field, None where there is nothing. `spec` is the declaration that the change comes from; nobody declares
    what is deleted.
    """

    action: Action
    kind: Kind[Any]
    key: Key
    field: str | None
    before: object = dataclasses.field(hash=False)
    after: object = dataclasses.field(hash=False)
    reason: str
    spec: Any = dataclasses.field(default=None, compare=False, repr=False)
    obstacle: str | None = None
    """Why no server can make the change, and the ways out; `apply` refuses it."""

    @property
    def name(self) -> str:
        """The name of the object, within its namespace."""
        return self.key.name

    @property
    def namespace(self) -> str | None:
        """The namespace of the object, None if it belongs to the whole cluster."""
        return self.key.namespace


def change_line(change: Change) -> str:
    """Return the line that people read, such as `~ namespace orders: retention 3d → 30d`.

    One that cannot be applied begins with an exclamation mark.
    """
    owner = f"{change.namespace}." if change.namespace else ""
    sign = _OBSTACLE if change.obstacle else _SIGNS[change.action]
    head = f"{sign} {change.kind.title} {owner}{change.name}"
    if change.action is Action.UPDATE:
        label = f"{change.field} " if change.field else ""
        return f"{head}: {label}{_value(change, change.before)} → {_value(change, change.after)}"
    if change.action is Action.DELETE:
        return head
    return f"{head} ({side(change, change.after)})" if change.field else f"{head} {change.after}"


def side(change: Change, value: object) -> str:
    """Return a value of the changed field behind the name of the field, such as `retention 30d`."""
    text = _value(change, value)
    return f"{change.field} {text}" if change.field else text


def quoted(text: str) -> str:
    """Return free text as it stands in the words for a change."""
    return json.dumps(text, ensure_ascii=False) if text else "none"


def _value(change: Change, value: object) -> str:
    return str(value) if change.field is None else change.kind.words(change.field, value)
