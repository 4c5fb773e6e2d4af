"""The database of the stack becomes what it was at a moment, or in a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.addons.backups.repository import end_segment
from devenv.errors import (
    BackupsOffError,
    CommandFailedError,
    DevenvError,
    NotRunningError,
    RecoveryFailedError,
)
from devenv.events import warn
from devenv.project.visibility import VISIBILITY_STORES
from devenv.stack.backups import IMAGE, repository_of
from devenv.stack.interrupted import Copying, forget_what_was, note, noted
from devenv.stack.snapshots import save_automatically
from devenv.stack.steps.addons import remove_stack
from devenv.stack.steps.snapshot import take_new_facts

if TYPE_CHECKING:
    from devenv.addons.backups.repository import RecoveryPlan
    from devenv.stack.steps.context import UpContext


def recover(up: UpContext) -> None:
    """Recover the database beside that of the running stack; then its services end, and this replaces it.

    What it had is saved before.

    Raises:
        RecoveryFailedError: Nothing was touched.
    """
    plan = up.request.recovery
    if plan is None:
        return
    image = up.images.refs.get(IMAGE) if up.images else None
    if image is None:
        raise BackupsOffError(up.stack.name)
    identity, engine = up.stack.identity, up.engine
    if up.request.saves_data:
        reason = f"it is restored to {plan.title}"
        up.saved = save_automatically(up.stack, up.earlier, engine, reason)
    is_outdated = VISIBILITY_STORES[up.record.visibility].is_index
    copying = Copying(engine=engine.name, image=image, is_outdated=is_outdated)
    with up.progress.step("restore") as step, noted(copying, identity, up.deps):
        step.waiting(f"recovering {plan.title} beside the data of the stack")
        _recover_beside(up, image, plan)
        if engine.services(identity):
            step.waiting("ending the services of the stack")
            remove_stack(identity, engine, up.deps, volumes=False)
        step.waiting("replacing the data")
        note(copying.model_copy(update={"is_replacing": True}), identity, up.deps.store)
        _adopt(up, image)
        forget_what_was(identity, copying, up.deps.store)
        step.outcome = plan.title
    take_new_facts(up)


def _recover_beside(up: UpContext, image: str, plan: RecoveryPlan) -> None:
    identity, engine = up.stack.identity, up.engine
    try:
        end_segment(engine, identity)
    except NotRunningError:
        pass  # It has ended its log itself.
    except CommandFailedError as error:
        warn(
            up.reporter,
            f"Postgres does not end its log, the last minute of which may be lost: {error.message}",
        )
    try:
        # As the stack was launched: the settings may name another place since, which has no backups yet.
        repository_of(up.stack, up.earlier or up.record, engine, image).recover(plan)
    except CommandFailedError as error:
        engine.settle_data(identity, image)
        raise RecoveryFailedError(plan.title, error.details) from error


def _adopt(up: UpContext, image: str) -> None:
    identity, engine = up.stack.identity, up.engine
    try:
        engine.adopt_data(identity, image)
    except DevenvError:
        # What had gone so far that it could be finished is no failure.
        if not engine.settle_data(identity, image):
            raise
