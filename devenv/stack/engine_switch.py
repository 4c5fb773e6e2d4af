"""What a stack leaves behind when it moves to another engine: it runs on one only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.stack.engine_choice import DATA_PLACES
from devenv.stack.ownership import demand_this_home
from devenv.stack.password import was_on_compose

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies


def engine_to_leave(
    stack: StackIdentity,
    chosen: EngineName,
    record: StackRecord | None,
    deps: Dependencies,
    *,
    must_stay: bool,
) -> Engine | None:
    """Return the engine that was not `chosen` if it has services of `stack`; data that stays there is said.

    Raises:
        DevenvError: It has some, and the stack `must_stay` where it is.
    """
    [name] = set(EngineName) - {chosen}
    if not _may_be_on(name, stack, record, deps):
        return None
    engine = deps.engine(name)
    try:
        has_services, has_data = bool(engine.services(stack)), engine.has_data(stack)
    except PrerequisiteError as error:
        _say_what_stays(name, f"what runs there could not be stopped ({error.message}), and ", deps)
        return None
    if has_services:
        demand_this_home(stack, engine)
    if has_services and must_stay:
        raise _has_to_stay(stack, name, chosen)
    if has_data:
        _say_what_stays(name, "", deps)
    return engine if has_services else None


def _may_be_on(
    name: EngineName, stack: StackIdentity, record: StackRecord | None, deps: Dependencies
) -> bool:
    if record is not None:
        return record.engine == name
    # Docker is not asked about a stack that never was there.
    return name is EngineName.EMBEDDED or was_on_compose(stack, deps.store)


def _say_what_stays(name: EngineName, problem: str, deps: Dependencies) -> None:
    warn(
        deps.reporter,
        f"this stack leaves the {name} engine: {problem}its data stays there ({DATA_PLACES[name]}); "
        f"`devenv up --engine {name}` goes back to it",
    )


def _has_to_stay(stack: StackIdentity, name: EngineName, chosen: EngineName) -> DevenvError:
    return DevenvError(
        f"The stack {stack.name} is on the {name} engine, and {chosen} was asked for",
        hint=f"leave `--engine` away, use another stack with `--stack NAME`, or move this one: "
        f"`devenv up --engine {chosen}`",
    )
