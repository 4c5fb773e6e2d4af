"""`run`: a stack for the time of one command, left as it was found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import PrerequisiteError
from devenv.stack.records import load_own_record
from devenv.stack.rollback import Footprint
from devenv.stack.up import bring_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import StackIdentity
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.toolkit import Toolkit
    from devenv.stack.up import UpRequest

NOTHING = Footprint(had_services=False, is_running=False, had_data=False)


@contextmanager
def borrowed(
    stack: StackIdentity, desired: Desired, request: UpRequest, kit: Toolkit
) -> Iterator[StackReport]:
    """Have the stack ready, then put back what was: running, stopped, only data, or nothing at all."""
    before = _footprint(stack, kit)
    report = bring_up(stack, desired, request, kit)
    try:
        yield report
    finally:
        _put_back(stack, report, before, kit)


def _footprint(stack: StackIdentity, kit: Toolkit) -> Footprint:
    record = load_own_record(stack, kit.store)
    if record is None:
        return NOTHING
    try:
        return Footprint.of(kit.engine(EngineName(record.engine)), stack)
    except PrerequisiteError:
        return NOTHING


def _put_back(stack: StackIdentity, report: StackReport, before: Footprint, kit: Toolkit) -> None:
    if before.is_running or report.engine is None:
        return
    engine = kit.engine(report.engine)
    if before.had_services:
        engine.stop(stack)
        return
    engine.remove(stack, volumes=not before.had_data)
    if not before.had_data:
        kit.store.forget(stack.name)
