"""What a stack leaves behind when it moves to another engine: it runs on one only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES
from devenv.stack.stack import Stack

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies


def engines_to_leave(
    stack: StackIdentity, chosen: str, record: StackRecord | None, deps: Dependencies, *, must_stay: bool
) -> list[Engine]:
    """Return the engines, not the `chosen` one, that have services of `stack`; data that stays there is said.

    Raises:
        DevenvError: One has some, and the stack `must_stay` where it is.
        UnknownEngineError: This devenv cannot ask the engine that the stack is recorded on.
    """
    names = list(ENGINES) if record is None else [record.engine]
    others = [deps.engine(name) for name in names if name != chosen]
    return [
        engine for engine in others if _is_to_leave(engine, stack, chosen, record, deps, must_stay=must_stay)
    ]


def _is_to_leave(
    engine: Engine,
    stack: StackIdentity,
    chosen: str,
    record: StackRecord | None,
    deps: Dependencies,
    *,
    must_stay: bool,
) -> bool:
    if record is None and not engine.had_data(stack):
        return False  # Docker is not asked about a stack that never was there.
    try:
        has_services, has_data = bool(engine.services(stack)), engine.has_data(stack)
    except PrerequisiteError as error:
        _say_what_stays(engine, f"what runs there could not be stopped ({error.message}), and ", deps)
        return False
    if has_services:
        Stack(stack, deps).check_not_elsewhere(engine)
    if has_services and must_stay:
        raise _must_stay_error(stack, engine, chosen)
    if has_data:
        _say_what_stays(engine, "", deps)
    return has_services


def _say_what_stays(engine: Engine, problem: str, deps: Dependencies) -> None:
    name, place = engine.name, engine.traits.data_place
    warn(
        deps.reporter,
        f"this stack leaves the {name} engine: {problem}its data stays there ({place}); "
        f"`devenv up --engine {name}` goes back to it",
    )


def _must_stay_error(stack: StackIdentity, engine: Engine, chosen: str) -> DevenvError:
    return DevenvError(
        f"The stack {stack.name} is on the {engine.name} engine, and {chosen} was asked for",
        hint=f"leave `--engine` away, use another stack with `--stack NAME`, or move this one: "
        f"`devenv up --engine {chosen}`",
    )
