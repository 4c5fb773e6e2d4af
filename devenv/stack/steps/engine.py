"""On which engine the stack runs, and what is in the way there and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.events import warn
from devenv.stack import engine_choice
from devenv.stack.engine_switch import engines_to_leave
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
    """Remove what runs on another engine, or on ports that are in no record; note what is left."""
    identity = up.stack.identity
    left = engines_to_leave(up.stack, up.engine.name, up.earlier, must_stay=up.request.must_stay)
    for engine in left:
        _remove_services(up, engine)
    up.before = Inventory.of(up.engine, identity)
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
