"""Makes a server have what is declared: namespaces first, search attributes once visibility answers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from devenv.errors import ServerRejectedError
from devenv.seeds.plan import Action, Observed, plan, type_conflicts
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from devenv.seeds.models import NamespaceSpec, Seeds
    from devenv.seeds.plan import Change
    from devenv.temporal.protocol import Gateway


def apply_namespaces(gateway: Gateway, desired: Seeds) -> list[Change]:
    """Register and update namespaces, and return what was changed.

    Raises:
        ServerRejectedError: The server refused one of them; the ones before it are applied.
    """
    specs = {spec.name: spec for spec in desired.namespaces}
    observed = Observed(gateway.describe(specs), {})
    changes = [change for change in plan(desired, observed) if change.kind == "namespace"]
    actions = {change.name: change.action for change in changes}
    for name, action in actions.items():
        if action is Action.CREATE:
            gateway.register(to_namespace(specs[name]))
        else:
            gateway.update(to_namespace(specs[name]))
    return changes


def missing_attributes(gateway: Gateway, desired: Seeds) -> Mapping[str, Mapping[str, str]]:
    """Return the declared search attributes that cannot be listed, by namespace: name to type.

    Raises:
        ServerRejectedError: One exists with another type; the server would accept and ignore a change of it.
    """
    observed = observe_attributes(gateway, desired, [spec.name for spec in desired.namespaces])
    changes = [item for item in plan(desired, Observed({}, observed)) if item.kind == "search_attribute"]
    conflicts = type_conflicts(changes)
    if conflicts:
        raise ServerRejectedError("The type of a search attribute cannot be changed", "; ".join(conflicts))
    missing: dict[str, dict[str, str]] = defaultdict(dict)
    for change in changes:
        missing[change.namespace or ""][change.name] = change.after or ""
    return missing


def observe_attributes(
    gateway: Gateway, desired: Seeds, registered: Collection[str]
) -> dict[str, Mapping[str, str]]:
    """Return what is listed in those of the `registered` namespaces that declare search attributes."""
    declaring = [
        spec.name for spec in desired.namespaces if spec.search_attributes and spec.name in registered
    ]
    return {name: gateway.search_attributes(name) for name in declaring}


def add_attributes(gateway: Gateway, missing: Mapping[str, Mapping[str, str]], *, cluster_wide: bool) -> None:
    """Add the search attributes that `missing_attributes` found.

    On OpenSearch they are `cluster_wide`, and adding is a read-modify-write of one versioned record: all go
    into one request. On SQL each namespace has its own.
    """
    if not cluster_wide:
        for namespace, attributes in missing.items():
            gateway.add_search_attributes(namespace, attributes)
    elif missing:
        union = {name: kind for attributes in missing.values() for name, kind in attributes.items()}
        gateway.add_search_attributes(next(iter(missing)), union)


def not_applied_yet(desired: Seeds) -> Sequence[str]:
    """Return a sentence for each kind of declaration that is read and not applied by this version."""
    kinds = {"Nexus endpoints": desired.nexus_endpoints, "schedules": desired.schedules}
    return [f"{kind} are declared and not applied yet" for kind, declared in kinds.items() if declared]


def to_namespace(spec: NamespaceSpec) -> Namespace:
    """Convert what is declared to what the gateway registers."""
    return Namespace(
        name=spec.name,
        retention=spec.retention,
        description=spec.description,
        owner_email=spec.owner_email,
        data=spec.data,
    )
