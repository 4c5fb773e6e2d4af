"""`devenv namespace`: namespaces by hand, under the rules of the declared ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import (
    NameInvalidError,
    NamespaceExistsError,
    NamespaceInUseError,
    SeedsInvalidError,
    UnknownNamespaceError,
)
from devenv.files.durations import format_duration
from devenv.files.sentences import did_you_mean
from devenv.seeds.attributes import is_column_name
from devenv.seeds.kinds.namespace import NAMESPACES, PROTECTED, NamespaceSpec
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Seeds
from devenv.stack.plan_and_apply import check_fit, store_of
from devenv.stack.progress import wait_on_server
from devenv.stack.readiness import extend_proof
from devenv.stack.reconcile import Reconciler
from devenv.stack.sharing import forget_deleted
from devenv.temporal.protocol import SYSTEM_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Gateway, Namespace


@dataclass(frozen=True)
class ServerNamespace:
    """A namespace of a server, and where it is declared as file:line:column, if it is."""

    namespace: Namespace
    declared_at: str | None = None


@dataclass(frozen=True)
class NamespaceDetails:
    """A namespace with what belongs to it, and the Nexus endpoints that lead to it."""

    found: ServerNamespace
    search_attributes: Mapping[str, str]
    nexus_endpoints: Sequence[str]
    shares_attributes: bool


def list_namespaces(stack: Stack, desired: Desired) -> list[ServerNamespace]:
    """Return the namespaces of the running stack, by name, without those of other worktrees."""
    names = stack.names
    with stack.connect() as gateway:
        found = gateway.namespaces()
    return [_report(found[name], desired.seeds) for name in sorted(found) if not names.is_foreign(name)]


def describe_namespace(stack: Stack, name: str, desired: Desired) -> NamespaceDetails:
    """Return what the running stack knows of a namespace.

    Raises:
        UnknownNamespaceError: There is none of that name.
    """
    name = desired.names.meant(name)
    with stack.connect() as gateway:
        namespace = _known(gateway, name)
        attributes = gateway.search_attributes([name])[name]
        return NamespaceDetails(
            _report(namespace, desired.seeds),
            {each: attributes[each] for each in sorted(attributes) if not is_column_name(each)},
            _endpoints_to(gateway, name),
            gateway.cluster().shares_attributes,
        )


def check_deletable(stack: Stack, name: str, desired: Desired) -> ServerNamespace:
    """Return what would be deleted.

    Raises:
        NameInvalidError: The namespace is never deleted.
        UnknownNamespaceError: There is none of that name.
        NamespaceInUseError: A Nexus endpoint leads to it.
    """
    name = desired.names.meant(name)
    _check_unprotected(name)
    with stack.connect() as gateway:
        return _report(_unused(gateway, name), desired.seeds)


def delete_namespace(stack: Stack, name: str, desired: Desired) -> None:
    """Delete a namespace with all that is in it, and return when the server knows it no more.

    Raises:
        DevenvError: As `check_deletable`, or the server refused.
    """
    name = desired.names.meant(name)
    _check_unprotected(name)
    with stack.lock():
        now = stack.require_serving()
        waiter, progress = wait_on_server(now, desired.settings.timeout)
        with now.connect() as gateway:
            _unused(gateway, name)
            Reconciler(gateway, Seeds(), waiter, progress).remove([NAMESPACES.deletion(Key(None, name))])
            with progress.step("namespace-gone") as step:
                # The server's caches outlive the namespace for a moment; then its name is free again.
                waiter.until(
                    step, lambda: [] if gateway.visibility_problem(name) else [f"{name} answers yet"]
                )
        forget_deleted(stack, [name])


def create_namespace(stack: Stack, wanted: NamespaceSpec, desired: Desired) -> ServerNamespace:
    """Create a namespace and return when it is usable; its search attributes come with it.

    Raises:
        NamespaceExistsError: It is there already.
        ServerRejectedError: The server refused it.
        NotReadyError: The deadline passed.
    """
    with stack.lock():
        now = stack.require_serving()
        seeds = Seeds((wanted,))
        store = store_of(now.engine.traits, now.record.visibility)
        check_fit(seeds, store, stack.deps.reporter, now.record.addon_names)
        waiter, progress = wait_on_server(now, desired.settings.timeout)
        with now.connect() as gateway:
            known = gateway.namespaces().get(wanted.name)
            if known is not None:
                raise NamespaceExistsError(wanted.name, format_duration(known.retention))
            reconciler = Reconciler(gateway, seeds, waiter, progress)
            created = reconciler.apply(reconciler.plan())
            extend_proof(now, created)
            return _report(_known(gateway, wanted.name), desired.seeds)


def wanted_namespace(
    name: str, desired: Desired, *, retention: timedelta | None = None, description: str | None = None
) -> NamespaceSpec:
    """Return the namespace as it is declared, or a new one, with what was asked for.

    Raises:
        SeedsInvalidError: What was asked for contradicts the declaration.
    """
    name = desired.names.meant(name)
    declared = next((spec for spec in desired.seeds.of(NamespaceSpec) if spec.name == name), None)
    asked = {"retention": retention, "description": description}
    given = {key: value for key, value in asked.items() if value is not None}
    if declared is None:
        return NamespaceSpec(name=name).model_copy(update=given)
    for key, value in given.items():
        if getattr(declared, key) != value:
            raise SeedsInvalidError(
                f"the namespace {name} is declared here with another {key}",
                place=desired.seeds.place_of(name),
                hint="leave it to the declaration, or change the declaration",
            )
    return declared


def _known(gateway: Gateway, name: str) -> Namespace:
    found = gateway.namespaces()
    if name not in found:
        raise UnknownNamespaceError(name, did_you_mean(name, found))
    return found[name]


def _check_unprotected(name: str) -> None:
    if name in PROTECTED:
        owner = "the server" if name == SYSTEM_NAMESPACE else "every stack"
        hint = "`devenv down --volumes` deletes all data of the stack"
        raise NameInvalidError(f"The namespace {name} is never deleted: it belongs to {owner}", hint=hint)


def _unused(gateway: Gateway, name: str) -> Namespace:
    """Return a namespace that no Nexus endpoint leads to."""
    namespace = _known(gateway, name)
    endpoints = _endpoints_to(gateway, name)
    if endpoints:
        raise NamespaceInUseError(name, endpoints)
    return namespace


def _endpoints_to(gateway: Gateway, namespace: str) -> list[str]:
    return sorted(each.name for each in gateway.endpoints().values() if each.namespace == namespace)


def _report(namespace: Namespace, seeds: Seeds) -> ServerNamespace:
    return ServerNamespace(namespace, seeds.place_of(namespace.name))
