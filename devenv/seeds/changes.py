"""One step from what a server has to what is declared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from devenv.temporal.protocol import Action


class Kind(StrEnum):
    """What can be declared."""

    NAMESPACE = "namespace"
    SEARCH_ATTRIBUTE = "search_attribute"
    NEXUS_ENDPOINT = "nexus_endpoint"
    SCHEDULE = "schedule"


_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_OBSTACLE = "!"
TITLES = {
    Kind.NAMESPACE: "namespace",
    Kind.SEARCH_ATTRIBUTE: "search attribute",
    Kind.NEXUS_ENDPOINT: "Nexus endpoint",
    Kind.SCHEDULE: "schedule",
}


@dataclass(frozen=True)
class Change:
    """One step from observed to desired; also one item of drift.

    `before` and `after` are what people compare, as text; None where there is nothing. Those of an update
    begin with the field that differs.
    """

    action: Action
    kind: Kind
    name: str
    namespace: str | None
    before: str | None
    after: str | None
    reason: str
    obstacle: str | None = None
    """Why no server can be brought there, and the ways out, for a change that `apply` refuses."""

    def to_document(self) -> dict[str, Any]:
        """Return the JSON form; `obstacle` is there only where there is one."""
        document = asdict(self)
        return (
            document if self.obstacle else {key: each for key, each in document.items() if key != "obstacle"}
        )

    @property
    def text(self) -> str:
        """The line that people read, such as `~ namespace orders: retention 3d → 30d`.

        One that cannot be applied begins with an exclamation mark.
        """
        owner = f"{self.namespace}." if self.namespace else ""
        sign = _OBSTACLE if self.obstacle else _SIGNS[self.action]
        head = f"{sign} {TITLES[self.kind]} {owner}{self.name}"
        if self.action is Action.UPDATE:
            return f"{head}: {_transition(self.before or '', self.after or '')}"
        if self.action is Action.DELETE or not self.after:
            return head
        return f"{head} {self.after}" if self.kind is Kind.SEARCH_ATTRIBUTE else f"{head} ({self.after})"


def _transition(before: str, after: str) -> str:
    field, space, value = after.partition(" ")
    if space and before.startswith(f"{field} "):
        return f"{field} {before.removeprefix(f'{field} ')} → {value}"
    return f"{before} → {after}"
