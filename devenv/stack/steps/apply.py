"""The server becomes what is declared, and is proven usable (`devenv.stack.readiness`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.schedule.convert import to_schedule
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.stack.attribute_columns import renaming
from devenv.stack.credentials import own_credentials
from devenv.stack.endpoints import endpoints_of
from devenv.stack.plan_and_apply import store_of
from devenv.stack.ports import Ownership
from devenv.stack.progress import patient
from devenv.stack.readiness import await_frontend, prove_listed
from devenv.stack.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.seeds.changes import Change
    from devenv.stack.steps.context import UpContext
    from devenv.temporal.protocol import Gateway


def _remember_shards(up: UpContext, shards: int) -> None:
    known = {**up.record.history_shards, up.engine.name: shards}
    if known != up.record.history_shards:
        up.record = up.record.model_copy(update={"history_shards": known})
        up.deps.store.save(up.record)


def apply_and_prove(up: UpContext) -> None:
    """Wait for the frontend of the stack's own server, apply what is declared, and prove it usable.

    All namespaces are proven if services were launched or namespaces changed, or if the record has no proof
    of this run of the server.
    """
    up.ownership = Ownership(up.stack, up.record, up.engine)
    address = endpoints_of(up.record, up.engine).grpc
    with up.deps.connect(address, up.ownership, own_credentials(up.record, up.deps)) as gateway:
        seeds, archives = up.desired.seeds, up.record.archives
        reconciler = Reconciler(gateway, seeds, up.waiter, up.progress, archives=archives)
        await_frontend(gateway, up.waiter, up.progress)
        up.record = up.ownership.remember(up.record, up.deps.store)
        _remember_shards(up, gateway.cluster().history_shards)
        if up.engine.traits.visibility is None:
            store = store_of(up.engine.traits, up.record.visibility)
            rename = renaming(gateway, store, up.deps.clock)
            with up.progress.step("attribute-columns") as step:
                up.waiter.until(step, patient(rename))

        def to_prove(changes: Sequence[Change]) -> list[str]:
            is_new = up.launch is not None or bool(changes)
            return up.namespaces if is_new or not up.observe().is_proven(up.namespaces) else []

        reconciler.apply_kinds(KINDS, to_prove)
        if up.engine.traits.visibility is None and not up.is_proven_as_declared:
            _prove_listed(up, gateway, reconciler.applied)


def _prove_listed(up: UpContext, gateway: Gateway, applied: Sequence[Change]) -> None:
    """Have the store that is in use list the schedules by their search attributes: it may be another one."""
    declared = map(to_schedule, up.desired.seeds.of(ScheduleSpec))
    schedules = [schedule for schedule in declared if schedule.schedule_search_attributes]
    if schedules:
        updated = {change.key for change in applied if change.kind is SCHEDULES}
        prove_listed(schedules, updated, gateway, up.waiter, up.progress)
