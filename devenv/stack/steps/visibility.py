"""After a recovery of the database alone, the index that lists workflows is made anew of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import VisibilityOutdatedError
from devenv.project.visibility import VISIBILITY_STORES
from devenv.stack.credentials import own_credentials
from devenv.stack.endpoints import endpoints_of
from devenv.stack.index_rebuild import TOOLS, IndexRebuild
from devenv.stack.progress import Deadline, Waiter

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def rebuild(up: UpContext) -> None:
    """Have the server list every workflow that its database has, if the index was emptied by a recovery.

    Killed before it is done, it is done by the next `up`.

    Raises:
        VisibilityOutdatedError: The add-on that brings the tools for it is off.
    """
    if not up.record.visibility_outdated:
        return
    if VISIBILITY_STORES[up.record.visibility].is_index:
        _rebuild_index(up)
    up.record = up.record.model_copy(update={"visibility_outdated": False})
    up.deps.store.save(up.record)


def _rebuild_index(up: UpContext) -> None:
    identity, engine = up.stack.identity, up.engine
    if all(each.name != TOOLS for each in engine.services(identity)):
        raise VisibilityOutdatedError(up.stack.name)
    rebuild_ = IndexRebuild(engine, identity)
    with up.progress.step("index") as step:
        step.waiting("listing the workflows of the database anew")
        address = endpoints_of(up.record, engine).grpc
        with up.deps.connect(address, up.ownership, own_credentials(up.record, up.deps)) as gateway:
            attributes = gateway.search_attributes(list(gateway.namespaces()))
        rebuild_.add_fields({name: kind for each in attributes.values() for name, kind in each.items()})
        executions = rebuild_.executions()
        for done in rebuild_.refresh(executions):
            step.waiting(f"{done} of {len(executions)} workflows are refreshed")
        # The timeout of `up` is for a stack whose workflows are listed.
        clock, timeout = up.deps.clock, up.desired.settings.timeout.total_seconds()
        waiter = Waiter(Deadline(clock, clock.now(), timeout), up.monitor, up.monitor.last_seen_not_up)
        waiter.until(step, rebuild_.missing)
        step.outcome = f"lists {len(executions)} workflows of the database"
