"""On which engine the stack runs, and what is in the way there and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES
from devenv.stack import engine_choice
from devenv.stack.inventory import Inventory
from devenv.stack.records import web_of

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.stack.steps.context import UpContext


def choose_engine(up: UpContext) -> None:
    """Choose the engine, and the images that it runs, which are local from now on."""
    stack, settings = up.stack, up.desired.settings
    with up.progress.step("engine") as step:
        chosen = engine_choice.choose_engine(stack, settings, up.earlier, up.request.engine)
        up.engine, up.images = chosen.engine, chosen.images
        step.outcome = up.engine.name
        if up.images:
            step.outcome += f", {up.images.kind} images"
    stack.check_not_elsewhere(up.engine)


def resume_paused(up: UpContext) -> None:
    """Have paused services run again."""
    for name in up.engine.resume(up.stack.identity):
        warn(up.reporter, f"the service {name} was paused: it runs again")


def leave_other_engines(up: UpContext) -> None:
    """Remove what runs on another engine, or on ports that are in no record; note what is left.

    A stack runs on one engine only. What data stays on another one is said, and how to go back to it.
    """
    # All are asked before anything is removed from one.
    for engine in [engine for engine in _other_engines(up) if _is_to_leave(up, engine)]:
        _remove_services(up, engine)
    up.before = Inventory.of(up.engine, up.stack.identity)
    if up.earlier is None and up.before.had_services:
        _remove_services(up, up.engine)
        up.before = Inventory(had_data=up.before.had_data)


def free_http_port(up: UpContext) -> None:
    """Stop what publishes the HTTP API if another container will: Compose would start that one first."""
    if up.earlier is None or not up.before.running:
        return
    moves = web_of(up.earlier).has_open_api is not up.desired.web.has_open_api
    services = up.engine.traits.http_api_services
    if moves and services:
        with up.progress.step("stop (HTTP API)"):
            up.engine.stop(up.stack.identity, services)


def _remove_services(up: UpContext, engine: Engine) -> None:
    with up.progress.step(f"remove ({engine.name})"):
        engine.remove(up.stack.identity, volumes=False)


def _other_engines(up: UpContext) -> list[Engine]:
    """Return the engines but the chosen one that may have something of the stack.

    Raises:
        UnknownEngineError: This devenv cannot ask the engine that the stack is recorded on.
    """
    names = list(ENGINES) if up.earlier is None else [up.earlier.engine]
    others = [up.deps.engine(name) for name in names if name != up.engine.name]
    if up.earlier is not None:
        return others
    # Docker is not asked about a stack that never was there.
    return [engine for engine in others if engine.had_data(up.stack.identity)]


def _is_to_leave(up: UpContext, engine: Engine) -> bool:
    """Tell whether `engine` has services of the stack.

    Raises:
        DevenvError: It has some, and the stack must stay where it is.
    """
    identity = up.stack.identity
    try:
        has_services, has_data = bool(engine.services(identity)), engine.has_data(identity)
    except PrerequisiteError as error:
        _warn_of_data(up, engine, f"what runs there could not be stopped ({error.message}), and ")
        return False
    if has_services:
        up.stack.check_not_elsewhere(engine)
    if has_services and up.request.must_stay:
        raise _must_stay_error(up, engine)
    if has_data:
        _warn_of_data(up, engine)
    return has_services


def _warn_of_data(up: UpContext, engine: Engine, problem: str = "") -> None:
    name, place = engine.name, engine.traits.data_place
    warn(
        up.reporter,
        f"this stack leaves the {name} engine: {problem}its data stays there ({place}); "
        f"`devenv up --engine {name}` goes back to it",
    )


def _must_stay_error(up: UpContext, engine: Engine) -> DevenvError:
    chosen = up.engine.name
    return DevenvError(
        f"The stack {up.stack.name} is on the {engine.name} engine, and {chosen} was asked for",
        hint=f"leave `--engine` away, use another stack with `--stack NAME`, or move this one: "
        f"`devenv up --engine {chosen}`",
    )
