"""`snapshot restore`: a snapshot becomes the data of a stack, which runs afterwards if it ran before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PrerequisiteError
from devenv.registry import ENGINES
from devenv.stack.status import get_status
from devenv.stack.steps.context import UpContext
from devenv.stack.steps.ports import choose_ports
from devenv.stack.steps.snapshot import restore_snapshot
from devenv.stack.up import MAKE_ROOM, check, launch_checked

if TYPE_CHECKING:
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


def restore(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Make the snapshot of `request` the data of `stack`; what ran before is brought up again and proven.

    Raises:
        SnapshotUnfitError: Nothing was touched.
        DevenvError: As `bring_up`.
    """
    desired.read_all()
    with stack.lock():
        stack.mend_record(is_claimed=True)
        now = stack.observe()
        up = UpContext(stack, desired, request, now.record if now else None)
        check(up)
        if now is not None and any(service.is_running for service in now.services):
            return launch_checked(up)
        for step in MAKE_ROOM:
            step(up)
        choose_ports(up)
        try:
            restore_snapshot(up)
        except DevenvError:
            if up.earlier is None and not up.engine.has_data(stack.identity):
                stack.deps.store.forget_record(stack.name)
            raise
        return get_status(stack, up.desired, is_alone=True)
