"""`down`: take a stack away, and its data only when that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import PrerequisiteError
from devenv.stack.locking import LOCK_TIMEOUT, locked
from devenv.stack.progress import Progress
from devenv.stack.records import identity_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.toolkit import Toolkit


@dataclass(frozen=True)
class DownReport:
    """What `down` found and left."""

    stack: str
    was_there: bool
    keeps_data: bool


def take_down(stack: StackIdentity, kit: Toolkit, *, volumes: bool) -> DownReport:
    """Remove the stack, on whichever engine it is; with `volumes` its data too.

    A stack of this name that belongs to another project of the same user is taken down as well: its project
    may be gone. Nothing to do is no failure.

    Raises:
        PrerequisiteError: The engine that has the stack does not answer.
    """
    with locked(stack, LOCK_TIMEOUT, kit):
        record = kit.store.load(stack.name)
        known = identity_of(record) if record else stack
        engines = list(_engines(known, record, kit))
        was_there = any(engine.services(known) for engine in engines)
        progress = Progress(kit.reporter, kit.clock)
        for engine in engines:
            with progress.step(f"remove ({engine.name})"):
                engine.remove(known, volumes=volumes)
        keeps_data = any(engine.has_data(known) for engine in engines)
        if volumes:
            # The last thing: an engine that is asked may make the directory that it looks into.
            kit.store.forget(stack.name)
        return DownReport(stack.name, was_there=was_there, keeps_data=keeps_data)


def _engines(stack: StackIdentity, record: StackRecord | None, kit: Toolkit) -> Iterator[Engine]:
    """Yield the engines that have something of the stack; one that is away matters if it is recorded."""
    for name in EngineName:
        engine = kit.engine(name)
        is_recorded = record is not None and record.engine == name
        if is_recorded or _has_something_of(stack, engine):
            yield engine


def _has_something_of(stack: StackIdentity, engine: Engine) -> bool:
    try:
        return bool(engine.services(stack)) or engine.has_data(stack)
    except PrerequisiteError:
        return False
