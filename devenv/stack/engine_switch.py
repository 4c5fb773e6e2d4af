"""What a stack leaves behind when it moves to another engine: it runs on one only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.events import Reporter
    from devenv.project.state import StackRecord
    from devenv.stack.stack import Stack


def engines_to_leave(
    stack: Stack, chosen: str, record: StackRecord | None, *, must_stay: bool
) -> list[Engine]:
    """Return the engines, not the `chosen` one, that have services of `stack`; data that stays there is said.

    Raises:
        DevenvError: One has some, and the stack `must_stay` where it is.
        UnknownEngineError: This devenv cannot ask the engine that the stack is recorded on.
    """
    names = list(ENGINES) if record is None else [record.engine]
    others = [stack.deps.engine(name) for name in names if name != chosen]
    if record is None:
        # Docker is not asked about a stack that never was there.
        others = [engine for engine in others if engine.had_data(stack.identity)]
    return [engine for engine in others if _is_to_leave(engine, stack, chosen, must_stay=must_stay)]


def _is_to_leave(engine: Engine, stack: Stack, chosen: str, *, must_stay: bool) -> bool:
    identity, reporter = stack.identity, stack.deps.reporter
    try:
        has_services, has_data = bool(engine.services(identity)), engine.has_data(identity)
    except PrerequisiteError as error:
        _say_what_stays(engine, f"what runs there could not be stopped ({error.message}), and ", reporter)
        return False
    if has_services:
        stack.check_not_elsewhere(engine)
    if has_services and must_stay:
        raise _must_stay_error(stack, engine, chosen)
    if has_data:
        _say_what_stays(engine, "", reporter)
    return has_services


def _say_what_stays(engine: Engine, problem: str, reporter: Reporter) -> None:
    name, place = engine.name, engine.traits.data_place
    warn(
        reporter,
        f"this stack leaves the {name} engine: {problem}its data stays there ({place}); "
        f"`devenv up --engine {name}` goes back to it",
    )


def _must_stay_error(stack: Stack, engine: Engine, chosen: str) -> DevenvError:
    return DevenvError(
        f"The stack {stack.name} is on the {engine.name} engine, and {chosen} was asked for",
        hint=f"leave `--engine` away, use another stack with `--stack NAME`, or move this one: "
        f"`devenv up --engine {chosen}`",
    )
