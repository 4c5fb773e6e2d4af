"""One step from what a server has to what is declared, as values. Their wording is `devenv.seeds.wording`."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from devenv.temporal.protocol import Action


class Kind(StrEnum):
    """What can be declared."""

    NAMESPACE = "namespace"
    SEARCH_ATTRIBUTE = "search_attribute"
    NEXUS_ENDPOINT = "nexus_endpoint"
    SCHEDULE = "schedule"


class Key(NamedTuple):
    """What identifies one object of a kind; `namespace` is None for what the whole cluster shares."""

    namespace: str | None
    name: str


@dataclasses.dataclass(frozen=True)
class Change:
    """One step from observed to desired; also one item of drift.

    `field` is what differs, None where the object is a single value. `before` and `after` are values of that
    field, None where there is nothing. `spec` is the declaration that the change comes from; nobody declares
    what is deleted.
    """

    action: Action
    kind: Kind
    key: Key
    field: str | None
    before: object = dataclasses.field(hash=False)
    after: object = dataclasses.field(hash=False)
    reason: str
    spec: object = dataclasses.field(default=None, compare=False, repr=False)
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
