"""The stacks of this machine: those that are recorded, and those that an engine can tell of."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import StackIdentity
from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies


def identity_of(record: StackRecord) -> StackIdentity:
    """Return which stack `record` is about."""
    return StackIdentity(record.name, Path(record.project), record.owner)


def stacks_on_engines(deps: Dependencies) -> dict[str, tuple[str, str]]:
    """Return the project and the engine of each stack, by name, that an engine itself can tell of."""
    found: dict[str, tuple[str, str]] = {}
    for name in ENGINES:
        with suppress(PrerequisiteError):
            told = deps.engine(name).stacks(deps.owner)
            found |= {stack: (project, name) for stack, project in told.items() if stack not in found}
    return found


def readable_records(deps: Dependencies) -> list[StackRecord]:
    """Return the records of all stacks; one that is damaged is told of, and stands in nobody else's way."""
    records = []
    for name in deps.store.names():
        try:
            record = deps.store.load(name)
        except DevenvError as error:
            warn(deps.reporter, f"{error.message}; {error.hint}")
        else:
            records += [record] if record is not None else []
    return records
