"""`plan` and `apply`: what a running stack lacks of what is declared, and making it so."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from devenv.errors import SeedsInvalidError, SettingsInvalidError
from devenv.events import warn
from devenv.files.sentences import did_you_mean
from devenv.project.names import DEFAULT_NAMESPACE
from devenv.project.state import ARCHIVE
from devenv.project.visibility import VISIBILITY_STORES
from devenv.seeds.fit import beyond_columns, unarchived, unfit_for_index
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.seeds.plan import observe, plan
from devenv.stack.config_delivery import config_drift
from devenv.stack.credentials import namespaces_to_tell, unasked_users, users_to_tell
from devenv.stack.data_versions import version_drift
from devenv.stack.progress import wait_on_server
from devenv.stack.readiness import extend_proof
from devenv.stack.reconcile import Reconciler
from devenv.stack.sharing import forget_deleted, namespaces_of_all, remember, users_of_all

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.engines.protocol import EngineTraits
    from devenv.events import Reporter
    from devenv.project.visibility import Visibility, VisibilityStore
    from devenv.seeds.changes import Change
    from devenv.seeds.seeds import Seeds
    from devenv.stack.data_versions import VersionChange
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Observation, Stack
    from devenv.temporal.protocol import Gateway


def store_of(engine: EngineTraits, chosen: Visibility) -> VisibilityStore:
    """Return the visibility store of a stack on `engine`: the engine's only one, or that which was chosen."""
    return VISIBILITY_STORES[engine.visibility or chosen]


def check_fit(seeds: Seeds, store: VisibilityStore, reporter: Reporter, addons: Collection[str]) -> None:
    """Return if a stack with `store` can have what is declared; what the server ignores is a warning.

    `addons` are the names of those that are on; that the engine leaves one out is told elsewhere.

    Raises:
        SeedsInvalidError: It has no room for so many search attributes, or refuses the name of one.
    """
    if store.is_index and (refused := unfit_for_index(seeds)):
        raise SeedsInvalidError(refused[0], details=refused[1:], hint="give it another name")
    problems = beyond_columns(seeds, store)
    if problems:
        hint = f"declare fewer of that type, or {store.way_out}"
        raise SeedsInvalidError(problems[0], details=problems[1:], hint=hint)
    for sentence in (*seeds.cautions, *(() if ARCHIVE in addons else unarchived(seeds))):
        warn(reporter, sentence)


def warn_of_users(now: Observation, seeds: Seeds) -> None:
    """Say of which declared users the stack does not know, or not as they are declared: `up` changes that.

    Workers are one, whose token names the namespaces.
    """
    stack, record = now.stack, now.record
    reporter, store = stack.deps.reporter, stack.deps.store
    for sentence in unasked_users(seeds, record.access):
        warn(reporter, sentence)
    if names := users_to_tell(record, users_of_all(stack, seeds), store):
        warn(reporter, f"the provider of the login learns of {', '.join(names)} by `devenv up`")
    if names := namespaces_to_tell(record, namespaces_of_all(stack, seeds), store):
        warn(
            reporter,
            f"workers may work in {', '.join(names)} from the next `devenv up` on, which makes a token",
        )


def check_namespace_of_clients(desired: Desired) -> None:
    """Return if the namespace that clients get is one that every stack of the project has.

    Raises:
        SettingsInvalidError: No seed declares it. One made by hand is on this stack alone.
    """
    name = desired.settings.namespace
    declared = [desired.names.written(spec.name) for spec in desired.seeds.of(NamespaceSpec)]
    if name == DEFAULT_NAMESPACE or name in declared:
        return
    raise SettingsInvalidError(
        f'the namespace "{name}" is declared by no seed{did_you_mean(name, declared)}',
        place=desired.settings.place_of("namespace"),
        hint=f"declare it in seeds/ (`devenv import -n {shlex.quote(name)}` writes one made by hand), "
        f"or name another: {', '.join(declared)}",
    )


def plan_stack(stack: Stack, desired: Desired, *, prune: bool) -> list[VersionChange | Change | ConfigChange]:
    """Return how the running stack differs from what is declared; nothing is written.

    `apply` changes what seeds and dynamic config declare, `up` the versions too.

    Raises:
        NotRunningError: The stack is not up.
        ServerUnreachableError: It is up and does not answer.
    """
    now = stack.require_serving()
    changes = plan_seeds(now, desired, prune=prune)
    return [*plan_versions(now, desired), *changes, *config_drift(now, desired.dynamic_config)]


def plan_seeds(now: Observation, desired: Desired, *, prune: bool) -> list[Change]:
    """Return what `apply` would change of what seeds declare.

    Raises:
        ServerUnreachableError: The server does not answer.
    """
    reporter = now.stack.deps.reporter
    check_namespace_of_clients(desired)
    store = store_of(now.engine.traits, now.record.visibility)
    check_fit(desired.seeds, store, reporter, now.record.addon_names)
    warn_of_users(now, desired.seeds)
    if store.columns is None:
        # Somebody else of the team may have no Docker.
        for sentence in beyond_columns(desired.seeds, VISIBILITY_STORES["sqlite"]):
            warn(reporter, sentence)
    with now.connect() as gateway:
        observed = observe(gateway, desired.seeds, prune=prune, archives=now.record.archives)
        return plan(desired.seeds, observed, prune=prune, names=now.stack.names)


def plan_versions(now: Observation, desired: Desired) -> list[VersionChange]:
    """Return what `up` would change of the versions over the data; one that it refuses is a warning."""
    changes = version_drift(now.record, desired.settings, now.engine)
    for change in changes:
        if change.is_refused:
            warn(now.stack.deps.reporter, f"`devenv up` refuses this: {change.remark}; {change.hint}")
    return changes


def plan_server(server: Gateway, seeds: Seeds, *, prune: bool) -> list[Change]:
    """Return how any `server` differs from `seeds`; nothing is written.

    Raises:
        ServerUnreachableError: It does not answer.
        PermissionDeniedError: It answers others only.
    """
    with server as gateway:
        # A server elsewhere may have an archive; one that has none differs from seeds that declare archival.
        return plan(seeds, observe(gateway, seeds, prune=prune, archives=True, is_stack=False), prune=prune)


def apply_to_stack(stack: Stack, desired: Desired, *, deletions: Collection[Change] = ()) -> Sequence[Change]:
    """Make the running stack what is declared, and return what was changed when all of it is usable.

    Of what is declared nowhere only `deletions` go.

    Raises:
        NotRunningError: The stack is not up.
        ApplyIncompleteError: The server refused a part.
        NotReadyError: The deadline passed.
    """
    with stack.lock():
        now = stack.require_serving()
        check_namespace_of_clients(desired)
        store = store_of(now.engine.traits, now.record.visibility)
        check_fit(desired.seeds, store, stack.deps.reporter, now.record.addon_names)
        warn_of_users(now, desired.seeds)
        waiter, progress = wait_on_server(now, desired.settings.timeout)
        with now.connect() as gateway:
            reconciler = Reconciler(
                gateway, desired.seeds, waiter, progress, stack.names, archives=now.record.archives
            )
            changes = reconciler.plan(prune=bool(deletions))
            remember(stack, desired)
            proven = reconciler.apply(changes)
            extend_proof(now, proven)
            removed = reconciler.remove(deletions)
            forget_deleted(stack, [each.name for each in removed if each.kind is NAMESPACES])
            return reconciler.applied
