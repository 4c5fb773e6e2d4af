"""Which engine runs a stack, and with which images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import (
    ComposeMissingError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    PrerequisiteError,
)
from devenv.events import warn
from devenv.stack.password import was_on_compose

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies

EMBEDDED_LACKS = "Postgres, OpenSearch and dynamic config for single namespaces"
DATA_PLACES = {
    EngineName.COMPOSE: "Docker volumes",
    EngineName.EMBEDDED: "a database file in the state directory",
}
# A Docker engine that is here and unsuitable is told of instead: its user believes to have one.
REASONS_TO_FALL_BACK = (DockerUnreachableError, ComposeMissingError, ImageUnavailableError)


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
    stack: StackIdentity,
    settings: Settings,
    record: StackRecord | None,
    request: EngineRequest,
    deps: Dependencies,
) -> ChosenEngine:
    """Return the engine that was asked for, that has the stack's data, or that can run here, in this order.

    Raises:
        EngineAwayError: The stack's data is on an engine that cannot run now.
        PrerequisiteError: The engine that was asked for cannot run here, or Docker is here and unsuitable.
    """
    return _Choice(stack, settings, record, request, deps).make()


@dataclass(frozen=True)
class _Choice:
    """What a choice is made from."""

    stack: StackIdentity
    settings: Settings
    record: StackRecord | None
    request: EngineRequest
    deps: Dependencies

    def make(self) -> ChosenEngine:
        if self.settings.engine != "auto":
            return self._prepared(EngineName(self.settings.engine))
        if self.record is not None:
            return self._keeping(EngineName(self.record.engine))
        if self._has_data(EngineName.EMBEDDED) and not self._has_data(EngineName.COMPOSE):
            return self._keeping(EngineName.EMBEDDED)
        return self._for_unknown()

    def _keeping(self, name: EngineName) -> ChosenEngine:
        """Prepare the engine that has the data."""
        try:
            return self._prepared(name)
        except ImageUnavailableError:
            raise
        except PrerequisiteError as error:
            raise EngineAwayError(name, DATA_PLACES[name], error) from error

    def _for_unknown(self) -> ChosenEngine:
        """Prepare compose, or embedded where there is no Docker and no sign of data in it."""
        try:
            return self._prepared(EngineName.COMPOSE)
        except REASONS_TO_FALL_BACK as error:
            # Asked only now, so that a stack that can run pays nothing for it.
            has_data = was_on_compose(self.stack, self.deps.store) or self._has_data(EngineName.COMPOSE)
            if has_data and not isinstance(error, ImageUnavailableError):
                raise EngineAwayError(EngineName.COMPOSE, DATA_PLACES[EngineName.COMPOSE], error) from error
            if has_data or self.request.in_ci:
                raise
            _say_fallback(error, self.deps)
            return self._prepared(EngineName.EMBEDDED)

    def _prepared(self, name: EngineName) -> ChosenEngine:
        engine = self.deps.engine(name)
        engine.check_prerequisites()
        if name is EngineName.EMBEDDED:
            return ChosenEngine(engine, None)
        recorded = self.record.image_family if self.record else None
        request = self.request
        images = self.deps.images.ensure(
            self.settings.versions, recorded, pull=request.pull, offline=request.offline
        )
        return ChosenEngine(engine, images)

    def _has_data(self, name: EngineName) -> bool:
        try:
            return self.deps.engine(name).has_data(self.stack)
        except PrerequisiteError:
            return False


def _say_fallback(error: PrerequisiteError, deps: Dependencies) -> None:
    warn(
        deps.reporter,
        f"{error.message}: using the embedded engine, which lacks {EMBEDDED_LACKS}; "
        "the full stack is `devenv up --engine compose`",
    )
