"""On which engine the stack runs, with which images, and what is in the way there and elsewhere."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.errors import (
    ComposeMissingError,
    DevenvError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    PrerequisiteError,
)
from devenv.events import warn
from devenv.images.choice import check_platform
from devenv.images.pull import ensure_images
from devenv.registry import AUTO, ENGINES
from devenv.stack.endpoints import web_of
from devenv.stack.steps.addons import remove_stack
from devenv.stack.steps.context import Inventory

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.images.catalog import ImageFamily
    from devenv.stack.steps.context import UpContext

    Choice = tuple[Engine, ImageFamily | None]
    """An engine that can start a stack now; without images where it needs none."""

# Do not fall back if Docker is here and unsuitable: its user believes that it works.
REASONS_TO_FALL_BACK = (DockerUnreachableError, ComposeMissingError, ImageUnavailableError)


def choose_engine(up: UpContext) -> None:
    """Choose the engine, and the images that it runs, which are local from now on.

    It is the one that was asked for, that has the stack's data, or that can run here, in this order.

    Raises:
        EngineAwayError: The stack's data is on an engine that cannot run now.
        PrerequisiteError: The engine that was asked for cannot run here, or Docker is here and unsuitable.
    """
    with up.progress.step("engine") as step:
        try:
            up.engine, up.images = _chosen(up)
        except (EngineAwayError, ImageUnavailableError):
            raise
        except PrerequisiteError as error:
            raise error.with_hint(f"{error.hint}{_another_way(up)}") from error
        step.outcome = up.engine.name
        if up.images:
            step.outcome += f", {up.images.kind} images"
    up.stack.check_not_elsewhere(up.engine)


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


def _chosen(up: UpContext) -> Choice:
    asked = up.desired.settings.engine
    if asked != AUTO:
        return _prepared(up, asked)
    if up.earlier is not None:
        return _with_data(up, up.earlier.engine)
    name = _engine_with_data(up)
    return _first_usable(up) if name is None else _with_data(up, name)


def _another_way(up: UpContext) -> str:
    """Return what a new stack can do instead, which has no data on an engine."""
    other = next((name for name in ENGINES if not up.deps.engine(name).traits.runs_images), None)
    is_new = up.earlier is None and not any(
        up.deps.engine(each).had_data(up.stack.identity) for each in ENGINES
    )
    if other is None or not is_new or up.desired.settings.engine == other:
        return ""
    return f", or run `devenv up --engine {other}`, which needs no Docker"


def _engine_with_data(up: UpContext) -> str | None:
    """Return which engine, but the first, has the data of a stack without a record; None if none has.

    The first is asked only where another one has some, so that most new stacks cost it no request.
    """
    first, *others = ENGINES
    found = next((name for name in others if _has_data(up, name)), None)
    return None if found is None or _has_data(up, first) else found


def _with_data(up: UpContext, name: str) -> Choice:
    """Prepare the engine that has the data."""
    try:
        return _prepared(up, name)
    except ImageUnavailableError:
        raise
    except PrerequisiteError as error:
        raise _away(up, name, error) from error


def _first_usable(up: UpContext) -> Choice:
    """Prepare the first engine that can run here; no fallback from one with data of the stack."""
    names = list(ENGINES)
    for name, following in pairwise(names):
        try:
            return _prepared(up, name)
        except REASONS_TO_FALL_BACK as error:
            # Asked only now, so that a stack that can run pays nothing for it.
            has_data = up.deps.engine(name).had_data(up.stack.identity) or _has_data(up, name)
            if has_data and not isinstance(error, ImageUnavailableError):
                raise _away(up, name, error) from error
            if has_data or up.request.in_ci:
                raise
            lacks = up.deps.engine(following).traits.lacks
            warn(
                up.reporter,
                f"{error.message}: using the {following} engine, which lacks {lacks}; "
                f"for the full stack, {error.hint}, then run `devenv up --engine {name}`",
            )
    return _prepared(up, names[-1])


def _prepared(up: UpContext, name: str) -> Choice:
    engine = up.deps.engine(name)
    engine.check_prerequisites()
    if not engine.traits.runs_images:
        return engine, None
    recorded = up.earlier.image_family if up.earlier else None
    versions, store, request = up.desired.settings.stack_versions, up.deps.images(), up.request
    family = ensure_images(
        versions, store, up.reporter, recorded=recorded, pull=request.pull, offline=request.offline
    )
    check_platform(family, store, os.environ)
    return engine, family


def _has_data(up: UpContext, name: str) -> bool:
    try:
        return up.deps.engine(name).has_data(up.stack.identity)
    except PrerequisiteError:
        return False


def _away(up: UpContext, name: str, error: PrerequisiteError) -> EngineAwayError:
    return EngineAwayError(name, up.deps.engine(name).traits.data_place, error)


def _remove_services(up: UpContext, engine: Engine) -> None:
    with up.progress.step(f"remove ({engine.name})"):
        remove_stack(up.stack.identity, engine, up.deps, volumes=False)


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
