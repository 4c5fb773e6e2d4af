"""Stacks as they are remembered."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import Ports, StackIdentity, Web
from devenv.errors import DevenvError, PrerequisiteError, StackNameTakenError
from devenv.events import warn
from devenv.registry import ENGINES
from devenv.stack.report import Endpoints

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.dependencies import Dependencies


def identity_of(record: StackRecord) -> StackIdentity:
    """Return which stack `record` is about."""
    return StackIdentity(record.name, Path(record.project), record.owner)


def ports_of(record: StackRecord) -> Ports:
    """Return the ports that the stack was given."""
    return Ports(**record.ports.model_dump())


def web_of(record: StackRecord) -> Web:
    """Return how its Web UI and its HTTP API are served."""
    return Web(**record.web.model_dump())


def endpoints_of(record: StackRecord, engine: Engine) -> Endpoints:
    """Return where the stack answers."""
    ports, web = ports_of(record), web_of(record)
    internal = engine.internal_address(ports)
    return Endpoints(ports, internal, ui_path=web.ui_path, http_port=engine.http_port(ports, web))


def load_own_record(stack: StackIdentity, store: StackStore) -> StackRecord | None:
    """Return the record of `stack`, None if there is none.

    Raises:
        StackNameTakenError: The stack of that name belongs to another project.
    """
    record = store.load(stack.name)
    if record is not None and record.project != str(stack.project):
        raise StackNameTakenError(stack.name, record.project)
    return record


def mend_record(stack: StackIdentity, deps: Dependencies, *, is_claimed: bool) -> None:
    """Set the record of `stack` aside if it is damaged; what it says is asked of the engines from now on.

    Whoever calls this has the stack's lock. `is_claimed` says that the stack shall be this project's.

    Raises:
        StackNameTakenError: By its labels the stack of that name belongs to another project.
    """
    try:
        deps.store.load(stack.name)
    except DevenvError:
        if is_claimed:
            _demand_own_labels(stack, deps)
    else:
        return
    aside = deps.store.set_aside_damaged(stack.name)
    if aside is None:
        return
    warn(
        deps.reporter,
        f"the record of the stack {stack.name} is damaged, and kept as {aside}: "
        "going on with what the engines tell; ports, image family and engine are chosen again",
    )


def _demand_own_labels(stack: StackIdentity, deps: Dependencies) -> None:
    project, _ = stacks_on_engines(deps).get(stack.name, (None, None))
    if project is not None and project != str(stack.project):
        raise StackNameTakenError(stack.name, project)


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
