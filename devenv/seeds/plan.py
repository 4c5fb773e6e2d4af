"""From declared and observed state to changes, and from changes to requests: the loops over all kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from devenv.project.worktree import ALL_NAMES
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.seeds import Observed, Seeds
from devenv.temporal.protocol import Action, Write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from devenv.project.worktree import Names
    from devenv.seeds.changes import Change
    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Key
    from devenv.temporal.protocol import Cluster, Gateway

REMOVAL_ORDER = tuple(reversed(KINDS))


@dataclass(frozen=True)
class Request:
    """One request and the changes that it makes."""

    write: Write
    changes: tuple[Change, ...]


def observe(
    gateway: Gateway,
    seeds: Seeds,
    kinds: Collection[Kind[Any]] = KINDS,
    *,
    prune: bool = False,
    archives: bool = False,
    is_stack: bool = True,
) -> Observed:
    """Return what the server has of `kinds`, of the others nothing.

    With `prune` also what nobody declares in the declared namespaces and in the cluster. `archives` and
    `is_stack` are what `Observed` has of the server.
    """
    server = Observed(gateway.namespaces(), cluster=gateway.cluster(), archives=archives, is_stack=is_stack)
    declared = [spec.name for spec in seeds.of(NamespaceSpec) if spec.name in server.namespaces]
    return _observe(gateway, seeds, server, kinds, declared if prune else None)


def observe_all(gateway: Gateway, server: Observed, chosen: Collection[str]) -> Observed:
    """Return everything that `server` has in the `chosen` namespaces, declared or not."""
    return _observe(gateway, Seeds(), server, KINDS, chosen)


def _observe(
    gateway: Gateway,
    seeds: Seeds,
    server: Observed,
    kinds: Collection[Kind[Any]],
    undeclared_in: Collection[str] | None,
) -> Observed:
    for kind in KINDS:
        if kind in kinds:
            found = kind.observe(gateway, seeds, server, undeclared_in)
            server = replace(server, objects={**server.objects, kind.name: found})
    return server


def plan(seeds: Seeds, observed: Observed, *, prune: bool = False, names: Names = ALL_NAMES) -> list[Change]:
    """Return the changes in the order in which they can be made: what others need first, deletions last.

    What is there and not declared is left, except with `prune`: then a namespace goes last, because the
    server keeps one that an endpoint leads to. What is another worktree's by its `names` is left in any case.
    """
    changes = [change for kind in KINDS for change in kind.changes(seeds, observed)]
    if prune:
        changes += [change for kind in REMOVAL_ORDER for change in removals(kind, seeds, observed, names)]
    return changes


def removals(kind: Kind[Any], seeds: Seeds, observed: Observed, names: Names) -> list[Change]:
    """Return the deletion of what nobody declares and no other worktree has."""
    return [each for each in kind.removals(seeds, observed) if _may_delete(kind, each.key, names)]


def _may_delete(kind: Kind[Any], key: Key, names: Names) -> bool:
    if key.namespace is not None:
        return names.may_delete(key.namespace)
    if kind is SEARCH_ATTRIBUTES:
        # Those of the whole cluster have no suffix: another worktree may declare them.
        return not names.is_shared
    return names.may_delete(key.name)


def requests_for(changes: Sequence[Change], cluster: Cluster) -> list[Request]:
    """Return the requests that make `changes`, in their order; several changes of one object are one."""
    batches: dict[tuple[Action, Kind[Any], Key], list[Change]] = {}
    for change in changes:
        key = change.kind.batch(change.key, cluster)
        batches.setdefault((change.action, change.kind, key), []).append(change)
    return [
        Request(Write(action, kind.target(batch)), tuple(batch))
        for (action, kind, _), batch in batches.items()
    ]
