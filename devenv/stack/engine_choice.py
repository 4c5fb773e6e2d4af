"""Which engine runs a stack, and with which images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import EngineAwayError, PrerequisiteError
from devenv.events import warn

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.toolkit import Toolkit

EMBEDDED_LACKS = "Postgres, OpenSearch and dynamic config for single namespaces"
DATA_PLACES = {
    EngineName.COMPOSE: "Docker volumes",
    EngineName.EMBEDDED: "a database file in the state directory",
}


@dataclass(frozen=True)
class EngineRequest:
    """What `up` was asked about engines and images; `in_ci` forbids falling back."""

    pull: bool = False
    offline: bool = False
    in_ci: bool = False


@dataclass(frozen=True)
class ChosenEngine:
    """An engine that can start a stack now; `images` is None where it needs none."""

    engine: Engine
    images: ImageFamily | None


def choose_engine(
    settings: Settings, record: StackRecord | None, request: EngineRequest, kit: Toolkit
) -> ChosenEngine:
    """Return the engine that was asked for, that has the stack's data, or that can run here, in this order.

    Raises:
        EngineAwayError: The stack's data is on an engine that cannot run now.
        PrerequisiteError: The engine that was asked for cannot run here.
    """
    if settings.engine != "auto":
        return _prepared(EngineName(settings.engine), settings, record, request, kit)
    if record is not None:
        return _engine_with_data(EngineName(record.engine), settings, record, request, kit)
    try:
        return _prepared(EngineName.COMPOSE, settings, None, request, kit)
    except PrerequisiteError as error:
        if request.in_ci:
            raise
        _say_fallback(error, kit)
        return _prepared(EngineName.EMBEDDED, settings, None, request, kit)


def _engine_with_data(
    name: EngineName, settings: Settings, record: StackRecord, request: EngineRequest, kit: Toolkit
) -> ChosenEngine:
    try:
        return _prepared(name, settings, record, request, kit)
    except PrerequisiteError as error:
        raise EngineAwayError(name, DATA_PLACES[name], error) from error


def _prepared(
    name: EngineName,
    settings: Settings,
    record: StackRecord | None,
    request: EngineRequest,
    kit: Toolkit,
) -> ChosenEngine:
    engine = kit.engine(name)
    engine.check_prerequisites()
    if name is EngineName.EMBEDDED:
        return ChosenEngine(engine, None)
    recorded = record.image_family if record else None
    images = kit.images.ensure(settings.versions, recorded, pull=request.pull, offline=request.offline)
    return ChosenEngine(engine, images)


def _say_fallback(error: PrerequisiteError, kit: Toolkit) -> None:
    warn(
        kit.reporter,
        f"{error.message}: using the embedded engine, which lacks {EMBEDDED_LACKS}; "
        "the full stack is `devenv up --engine compose`",
    )
