"""The server becomes what is declared, and is proven usable (`devenv.stack.readiness`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.seeds.kinds import KINDS
from devenv.stack.attribute_columns import renaming, updates_of_attributes
from devenv.stack.endpoints import endpoints_of
from devenv.stack.plan_and_apply import store_of
from devenv.stack.ports import Ownership
from devenv.stack.progress import patient
from devenv.stack.readiness import await_frontend
from devenv.stack.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.seeds.changes import Change
    from devenv.stack.steps.context import UpContext


def apply_and_prove(up: UpContext) -> None:
    """Wait for the frontend of the stack's own server, apply what is declared, and prove it usable.

    All namespaces are proven if services were launched or namespaces changed, or if the record has no proof
    of this run of the server.
    """
    up.ownership = Ownership(up.stack, up.record, up.engine)
    address = endpoints_of(up.record, up.engine).grpc
    with up.deps.connect(address, up.ownership) as gateway:
        reconciler = Reconciler(gateway, up.desired.seeds, up.waiter, up.progress)
        await_frontend(gateway, up.waiter, up.progress)
        up.record = up.ownership.remember(up.record, up.deps.store)
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
            updated = {change.key for change in reconciler.applied}
            reconciler.repeat(
                [each for each in updates_of_attributes(up.desired.seeds) if each.key not in updated]
            )
