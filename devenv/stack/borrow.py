"""`run`: a stack for the time of one command, left as it was found."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import PrerequisiteError
from devenv.stack.records import load_own_record
from devenv.stack.rollback import Footprint
from devenv.stack.up import bring_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.toolkit import Toolkit
    from devenv.stack.up import UpRequest


@contextmanager
def borrowed(
    stack: StackIdentity, desired: Desired, request: UpRequest, kit: Toolkit
) -> Iterator[StackReport]:
    """Have the stack ready, then put back what was: running, stopped, only data, or nothing at all."""
    before = _Before.of(stack, kit)
    report = bring_up(stack, desired, request, kit)
    try:
        yield report
    finally:
        _put_back(stack, report, before, kit)


@dataclass(frozen=True)
class _Before:
    """What there was of a stack: on each engine, since another one than recorded may be asked for."""

    record: StackRecord | None
    footprints: Mapping[EngineName, Footprint]

    @classmethod
    def of(cls, stack: StackIdentity, kit: Toolkit) -> _Before:
        record = load_own_record(stack, kit.store)
        return cls(record, {name: _footprint(kit.engine(name), stack) for name in EngineName})


def _footprint(engine: Engine, stack: StackIdentity) -> Footprint:
    try:
        return Footprint.of(engine, stack)
    except PrerequisiteError:
        return Footprint()


def _put_back(stack: StackIdentity, report: StackReport, before: _Before, kit: Toolkit) -> None:
    if report.engine is None:
        return
    engine, footprint = kit.engine(report.engine), before.footprints[report.engine]
    if footprint.is_running:
        return
    if footprint.had_services:
        engine.stop(stack)
        return
    engine.remove(stack, volumes=not footprint.had_data)
    if before.record is not None:
        kit.store.save(before.record)
    elif not footprint.had_data:
        kit.store.forget(stack.name)
