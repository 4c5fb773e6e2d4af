"""What it takes to bring a server from what it has to what is declared. Pure: no server is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from devenv.project.durations import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.seeds.models import NamespaceSpec, Seeds
    from devenv.temporal.protocol import Namespace


class Action(StrEnum):
    """What a change does to its object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """One step from observed to desired; also one item of drift.

    `before` and `after` are what people compare, as text; None where there is nothing.
    """

    action: Action
    kind: str
    name: str
    namespace: str | None
    before: str | None
    after: str | None
    reason: str

    def to_document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Observed:
    """What a server has: namespaces by name, and the search attributes visible in each (name to type)."""

    namespaces: Mapping[str, Namespace]
    search_attributes: Mapping[str, Mapping[str, str]]


def plan(desired: Seeds, observed: Observed) -> list[Change]:
    """Return the changes, namespaces first, in the order of their declaration."""
    changes: list[Change] = []
    for spec in desired.namespaces:
        changes += _namespace_changes(spec, observed.namespaces.get(spec.name))
    for spec in desired.namespaces:
        changes += _attribute_changes(spec, observed.search_attributes.get(spec.name, {}))
    return changes


def _namespace_changes(spec: NamespaceSpec, observed: Namespace | None) -> Iterator[Change]:
    if observed is None:
        after = f"retention {format_duration(spec.retention)}"
        yield Change(Action.CREATE, "namespace", spec.name, None, None, after, "not registered")
        return
    for field, before, after in _differences(spec, observed):
        reason = f"{field} differs"
        yield Change(
            Action.UPDATE, "namespace", spec.name, None, f"{field} {before}", f"{field} {after}", reason
        )


def _differences(spec: NamespaceSpec, observed: Namespace) -> Iterator[tuple[str, str, str]]:
    if spec.retention != observed.retention:
        yield "retention", format_duration(observed.retention), format_duration(spec.retention)
    # The server takes an empty text for "leave it": what was not declared cannot differ.
    if spec.description and spec.description != observed.description:
        yield "description", repr(observed.description), repr(spec.description)
    if spec.owner_email and spec.owner_email != observed.owner_email:
        yield "owner_email", repr(observed.owner_email), repr(spec.owner_email)
    for key, value in spec.data.items():
        # The server merges data, so further keys there are nobody's drift.
        if observed.data.get(key) != value:
            yield f"data.{key}", repr(observed.data.get(key)), repr(value)


def _attribute_changes(spec: NamespaceSpec, observed: Mapping[str, str]) -> Iterator[Change]:
    for name, kind in spec.search_attributes.items():
        found = observed.get(name)
        if found is None:
            yield Change(Action.CREATE, "search_attribute", name, spec.name, None, kind, "not there")
        elif found != kind:
            yield Change(Action.UPDATE, "search_attribute", name, spec.name, found, kind, "type differs")


def type_conflicts(changes: Sequence[Change]) -> list[str]:
    """Return a sentence for each search attribute that has another type, which no server can change."""
    return [
        f"search attribute {change.name} in {change.namespace} is {change.before}, declared is {change.after}"
        for change in changes
        if change.kind == "search_attribute" and change.action is Action.UPDATE
    ]
