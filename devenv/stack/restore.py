"""`snapshot restore` and `restore --to`: other data takes the place of a stack's, which runs if it ran."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PrerequisiteError
from devenv.registry import ENGINES
from devenv.stack.status import get_status
from devenv.stack.steps.context import UpContext
from devenv.stack.steps.ports import choose_ports
from devenv.stack.steps.recovery import recover
from devenv.stack.steps.snapshot import restore_snapshot
from devenv.stack.up import MAKE_ROOM, check, launch_checked

if TYPE_CHECKING:
    from devenv.addons.backups.repository import RecoveryPlan
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest


def has_data(stack: Stack) -> bool:
    """Whether the stack has data on an engine that answers, which a restore would replace."""
    for name in ENGINES:
        try:
            if stack.deps.engine(name).has_data(stack.identity):
                return True
        except PrerequisiteError:
            continue
    return False


@dataclass(frozen=True)
class Restored:
    """What `restore_to` did: the stack afterwards, and the `snapshot` of before, None without one."""

    report: StackReport
    plan: RecoveryPlan
    snapshot: str | None


def restore(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Make the snapshot of `request` the data of `stack`; what ran before is brought up again and proven.

    Raises:
        SnapshotUnfitError: Nothing was touched.
        DevenvError: As `bring_up`.
    """
    return _replace_data(stack, desired, request)[0]


def restore_to(stack: Stack, desired: Desired, request: UpRequest, plan: RecoveryPlan) -> Restored:
    """Make the database of `stack` what `plan` recovers, and else do as `restore`.

    Raises:
        RecoveryFailedError: Nothing was touched.
        DevenvError: As `bring_up`.
    """
    report, saved = _replace_data(stack, desired, replace(request, recovery=plan))
    return Restored(report, plan, saved)


def _replace_data(stack: Stack, desired: Desired, request: UpRequest) -> tuple[StackReport, str | None]:
    desired.read_all()
    with stack.lock():
        stack.mend_record(is_claimed=True)
        now = stack.observe()
        up = UpContext(stack, desired, request, now.record if now else None)
        check(up)
        if now is not None and any(service.is_running for service in now.services):
            return launch_checked(up), up.saved
        for step in MAKE_ROOM:
            step(up)
        choose_ports(up)
        try:
            restore_snapshot(up)
            recover(up)
        except DevenvError:
            if up.earlier is None and not up.engine.has_data(stack.identity):
                stack.deps.store.forget_record(stack.name)
            raise
        return get_status(stack, up.desired, is_alone=True), up.saved
