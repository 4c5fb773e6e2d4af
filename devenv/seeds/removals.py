"""What a server has and nobody declares: what `--prune` deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.seeds.changes import Change, Key, Kind
from devenv.seeds.names import is_column_name
from devenv.temporal.protocol import SYSTEM_NAMESPACE, Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.seeds.models import Seeds
    from devenv.seeds.plan import Observed

PROTECTED = frozenset({"default", SYSTEM_NAMESPACE})

_REASON = "declared nowhere"


def removals(desired: Seeds, observed: Observed) -> list[Change]:
    """Return the deletions; a namespace goes last, because no endpoint may lead to it then.

    What is in a namespace that goes is not told one by one.
    """
    return [
        *_schedules(desired, observed),
        *_endpoints(desired, observed),
        *_attributes(desired, observed),
        *_namespaces(desired, observed),
    ]


def _schedules(desired: Seeds, observed: Observed) -> Iterator[Change]:
    declared = {(spec.namespace, spec.id) for spec in desired.schedules}
    kept = {spec.name for spec in desired.namespaces}
    for namespace, name in observed.schedules:
        if (namespace, name) not in declared and namespace in kept:
            yield _deletion(Kind.SCHEDULE, Key(namespace, name), name)


def _endpoints(desired: Seeds, observed: Observed) -> Iterator[Change]:
    declared = {spec.name for spec in desired.nexus_endpoints}
    for name in observed.endpoints:
        if name not in declared:
            yield _deletion(Kind.NEXUS_ENDPOINT, Key(None, name), name)


def _attributes(desired: Seeds, observed: Observed) -> Iterator[Change]:
    declared = {name for spec in desired.namespaces for name in spec.search_attributes}
    # Where the whole cluster shares them, each is one thing and belongs to no namespace.
    told: set[tuple[str | None, str]] = set()
    for spec in desired.namespaces:
        for name, kind in observed.search_attributes.get(spec.name, {}).items():
            owner = None if observed.cluster.shares_attributes else spec.name
            if name in declared or is_column_name(name) or (owner, name) in told:
                continue
            told.add((owner, name))
            yield _deletion(Kind.SEARCH_ATTRIBUTE, Key(owner, name), kind)


def removal_of_namespace(name: str) -> Change:
    """Return the deletion of a namespace that nobody declares."""
    return _deletion(Kind.NAMESPACE, Key(None, name), name)


def _namespaces(desired: Seeds, observed: Observed) -> Iterator[Change]:
    kept = {spec.name for spec in desired.namespaces} | PROTECTED
    for name in observed.namespaces:
        if name not in kept:
            yield removal_of_namespace(name)


def _deletion(kind: Kind, key: Key, before: object) -> Change:
    return Change(Action.DELETE, kind, key, None, before, None, _REASON)
