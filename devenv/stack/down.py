"""`down`: take a stack away, and its data only when that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import EngineAwayError, PrerequisiteError
from devenv.registry import ENGINES
from devenv.stack.progress import Progress
from devenv.stack.records import identity_of
from devenv.stack.stack import LOCK_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack

AGAIN = "then run `devenv down` again: nothing was removed"


@dataclass(frozen=True)
class DownReport:
    """What `down` found and left."""

    stack: str
    was_there: bool
    keeps_data: bool
    deleted: tuple[str, ...] = ()
    """Where data was that is deleted now, in words."""


def down(stack: Stack, *, volumes: bool) -> DownReport:
    """Remove the stack, on whichever engine it is; with `volumes` its data too.

    A stack of this name that belongs to another project of the same user is taken down as well: its project
    may be gone. It is no failure if there is nothing to remove.

    Raises:
        EngineAwayError: An engine does not answer that has the stack, or with `volumes` one that may still
            have data of it; nothing was removed.
    """
    deps = stack.deps
    with stack.lock(LOCK_TIMEOUT):
        stack.mend_record(is_claimed=False)
        record = deps.store.load(stack.name)
        known = identity_of(record) if record else stack.identity
        engines = list(_engines(known, record, deps, volumes=volumes))
        was_there = any(engine.services(known) for engine in engines)
        having_data = [engine for engine in engines if engine.has_data(known)]
        progress = Progress(deps.reporter, deps.clock)
        for engine in engines:
            with progress.step(f"remove ({engine.name})"):
                engine.remove(known, volumes=volumes)
        keeping_data = [engine for engine in having_data if engine.has_data(known)]
        deleted = tuple(each.traits.data_place for each in having_data if each not in keeping_data)
        if volumes:
            # The last thing: an engine that is asked may make the directory that it looks into.
            deps.store.forget(stack.name)
        return DownReport(stack.name, was_there=was_there, keeps_data=bool(keeping_data), deleted=deleted)


def _engines(
    stack: StackIdentity, record: StackRecord | None, deps: Dependencies, *, volumes: bool
) -> Iterator[Engine]:
    """Yield the engines that have something of the stack; one that is away matters if it should have."""
    if record is not None:
        deps.engine(record.engine)  # known, or what it has would stay
    for name in ENGINES:
        engine = deps.engine(name)
        is_recorded = record is not None and record.engine == name
        try:
            has_something = bool(engine.services(stack)) or engine.has_data(stack)
        except PrerequisiteError as error:
            # Once on another engine, a stack runs there alone; its data stayed where it was.
            may_have_data = (volumes or record is None) and engine.had_data(stack)
            if is_recorded or may_have_data:
                raise EngineAwayError(name, engine.traits.data_place, error, AGAIN) from error
        else:
            if is_recorded or has_something:
                yield engine
