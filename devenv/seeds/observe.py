"""Asks a server for what a plan compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.seeds.changes import Kind
from devenv.seeds.plan import Observed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devenv.seeds.models import Seeds
    from devenv.temporal.protocol import Cluster, Gateway, Namespace
    from devenv.temporal.schedules import Schedule

EVERYTHING = frozenset(Kind)


def observe(
    gateway: Gateway,
    desired: Seeds,
    kinds: Collection[Kind] = EVERYTHING,
    *,
    prune: bool = False,
    archives: bool = False,
) -> Observed:
    """Return what the server has of `kinds`, of the rest nothing.

    With `prune` also what visibility knows of schedules and search attributes that nobody declares.
    """
    cluster = gateway.cluster()
    namespaces = gateway.namespaces()
    registered = [spec.name for spec in desired.namespaces if spec.name in namespaces]
    asks = {kind: kind in kinds for kind in Kind}
    return Observed(
        namespaces=namespaces,
        search_attributes=(
            _attributes(gateway, desired, namespaces, cluster, prune=prune)
            if asks[Kind.SEARCH_ATTRIBUTE]
            else {}
        ),
        # A server that is too old for them, or hides them, need not be asked for what nobody declares.
        endpoints=gateway.endpoints()
        if asks[Kind.NEXUS_ENDPOINT] and (desired.nexus_endpoints or prune)
        else {},
        schedules=_schedules(gateway, desired, registered, prune=prune) if asks[Kind.SCHEDULE] else {},
        cluster=cluster,
        archives=archives,
        is_stack=not archives,
    )


def observe_all(gateway: Gateway, namespaces: Mapping[str, Namespace], chosen: Collection[str]) -> Observed:
    """Return everything that the server has in the `chosen` of its `namespaces`, declared or not."""
    return Observed(
        namespaces=namespaces,
        search_attributes=gateway.search_attributes(chosen),
        endpoints=gateway.endpoints(),
        schedules=gateway.describe_schedules(gateway.schedule_ids(chosen)),
        cluster=gateway.cluster(),
    )


def _attributes(
    gateway: Gateway, desired: Seeds, namespaces: Collection[str], cluster: Cluster, *, prune: bool
) -> Mapping[str, Mapping[str, str]]:
    declaring = [spec.name for spec in desired.namespaces if spec.search_attributes or prune]
    if not cluster.shares_attributes:
        return gateway.search_attributes([name for name in declaring if name in namespaces])
    # All namespaces see the same: whichever is registered speaks for those that are not yet.
    witness = next(iter(namespaces), None)
    if witness is None or not declaring:
        return {}
    return dict.fromkeys(declaring, gateway.search_attributes([witness])[witness])


def _schedules(
    gateway: Gateway, desired: Seeds, registered: Collection[str], *, prune: bool
) -> Mapping[tuple[str, str], Schedule]:
    keys = [(spec.namespace, spec.id) for spec in desired.schedules if spec.namespace in registered]
    others = gateway.schedule_ids(registered) if prune else []
    return gateway.describe_schedules(list(dict.fromkeys([*keys, *others])))
