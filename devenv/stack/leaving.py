"""`down` in a worktree that shares its stack: nobody else's server and data are touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import DynamicConfig, namespace_of
from devenv.errors import NotRunningError
from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Seeds
from devenv.stack.config_delivery import Delivery, config_in_effect
from devenv.stack.lifecycle import DownReport, down_locked
from devenv.stack.members import others_of
from devenv.stack.progress import Progress, wait_on_server
from devenv.stack.reconcile import Reconciler
from devenv.stack.sharing import depart, users
from devenv.stack.snapshots import save_automatically
from devenv.stack.stack import LOCK_TIMEOUT
from devenv.stack.steps.profile import end_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.seeds.changes import Change
    from devenv.stack.stack import Observation, Stack
    from devenv.temporal.protocol import Gateway

# Of one request after the other; the settings of the project need not be readable.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Departure:
    """What `down` in a worktree leaves: who uses the stack still, and who has namespaces on it."""

    using: tuple[str, ...]
    keeping: tuple[str, ...]
    namespaces: tuple[str, ...]
    """Those of this worktree, which `down --volumes` deletes; all of the stack's where nobody keeps any."""

    @property
    def is_last(self) -> bool:
        """Whether the data of the stack is this worktree's alone."""
        return not self.using and not self.keeping


def plan_departure(stack: Stack) -> Departure:
    """Return what `down` finds in a worktree that shares its stack; nothing is changed."""
    now = stack.observe()
    others = [each for each in others_of(stack.suffix, stack.members) if not each.is_gone]
    mine = next((each for each in stack.members if each.suffix == stack.suffix), None)
    names = stack.names
    if now is not None and now.is_serving:
        with now.connect() as gateway:
            namespaces = [name for name in gateway.namespaces() if names.is_own(name)]
    else:
        namespaces = list(mine.namespaces) if mine is not None else []
    return Departure(
        using=tuple(each.worktree for each in users(stack, now.services if now is not None else ())),
        keeping=tuple(each.worktree for each in others if each.namespaces),
        namespaces=tuple(sorted(namespaces)),
    )


def leave(stack: Stack, *, volumes: bool, saves_data: bool = False) -> DownReport:
    """Use a shared stack no longer, and take it down unless another worktree uses it.

    With `volumes` the namespaces of this worktree are deleted; the data of the whole stack only if no other
    worktree that is still there has a namespace on it. With `saves_data` a snapshot is made before.

    Raises:
        NotRunningError: The namespaces cannot be deleted, because the server does not run.
        DevenvError: As `down`.
    """
    with stack.lock(LOCK_TIMEOUT):
        stack.mend_record(is_claimed=True)
        departure = plan_departure(stack)
        deletes_all = volumes and departure.is_last
        deletes_own = volumes and not departure.is_last and bool(departure.namespaces)
        if deletes_own:
            _delete_own(stack, departure.namespaces, saves_data=saves_data)
        depart(stack, forget=volumes)
        end_profile(stack.deps, stack.identity, stack.suffix)
        if departure.using:
            report = DownReport(stack.name, was_there=False, keeps_data=True, used_by=departure.using)
        else:
            report = down_locked(stack, volumes=deletes_all, saves_data=saves_data)
        deleted = departure.namespaces if deletes_own else ()
        return replace(report, namespaces_deleted=deleted)


def _delete_own(stack: Stack, namespaces: Sequence[str], *, saves_data: bool) -> None:
    now = stack.observe()
    if now is None or not now.is_serving:
        raise NotRunningError(
            stack.name,
            hint="run `devenv up`: other worktrees have their data on this stack, so only a running server "
            "can delete that of this one",
        )
    if saves_data:
        save_automatically(stack, now.record, now.engine, "a part of it is deleted")
        now = now.again()
    waiter, progress = wait_on_server(now, PATIENCE)
    with now.connect() as gateway:
        reconciler = Reconciler(gateway, Seeds(), waiter, progress, stack.names)
        reconciler.remove(_deletions(gateway, stack, namespaces))
    _take_config_back(now, namespaces)


def _deletions(gateway: Gateway, stack: Stack, namespaces: Sequence[str]) -> list[Change]:
    names = stack.names
    endpoints = [each.name for each in gateway.endpoints().values() if names.is_own(each.name)]
    return [
        *(NEXUS_ENDPOINTS.deletion(Key(None, name)) for name in endpoints),
        *(NAMESPACES.deletion(Key(None, name)) for name in namespaces),
    ]


def _take_config_back(now: Observation, namespaces: Sequence[str]) -> None:
    """Have the server forget the dynamic config for namespaces that are gone."""
    in_effect = config_in_effect(now.stack)
    left = [entry for entry in in_effect.entries if namespace_of(entry) not in namespaces]
    if len(left) < len(in_effect.entries):
        deps = now.stack.deps
        delivery = Delivery(now, DynamicConfig(tuple(left)))
        delivery.begin()
        delivery.finish(Progress(deps.reporter, deps.clock))
