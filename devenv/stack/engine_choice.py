"""Which engine runs a stack, and with which images."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.errors import (
    ComposeMissingError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    PrerequisiteError,
)
from devenv.events import warn
from devenv.registry import AUTO, ENGINES

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack

# Do not fall back if Docker is here and unsuitable: its user believes that it works.
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
    stack: Stack, settings: Settings, record: StackRecord | None, request: EngineRequest
) -> ChosenEngine:
    """Return the engine that was asked for, that has the stack's data, or that can run here, in this order.

    Raises:
        EngineAwayError: The stack's data is on an engine that cannot run now.
        PrerequisiteError: The engine that was asked for cannot run here, or Docker is here and unsuitable.
    """
    return _Choice(stack, settings, record, request).make()


@dataclass(frozen=True)
class _Choice:
    """What a choice is made from."""

    stack: Stack
    settings: Settings
    record: StackRecord | None
    request: EngineRequest

    @property
    def deps(self) -> Dependencies:
        return self.stack.deps

    def make(self) -> ChosenEngine:
        try:
            return self._chosen()
        except (EngineAwayError, ImageUnavailableError):
            raise
        except PrerequisiteError as error:
            raise error.with_hint(f"{error.hint}{self._another_way()}") from error

    def _another_way(self) -> str:
        """Return what a new stack can do instead, which has no data on an engine."""
        other = next((name for name in ENGINES if not self.deps.engine(name).traits.runs_images), None)
        is_new = self.record is None and not any(
            self.deps.engine(each).had_data(self.stack.identity) for each in ENGINES
        )
        if other is None or not is_new or self.settings.engine == other:
            return ""
        return f", or run `devenv up --engine {other}`, which needs no Docker"

    def _chosen(self) -> ChosenEngine:
        if self.settings.engine != AUTO:
            return self._prepared(self.settings.engine)
        if self.record is not None:
            return self._with_data(self.record.engine)
        name = self._engine_with_data()
        return self._first_usable() if name is None else self._with_data(name)

    def _engine_with_data(self) -> str | None:
        """Return which engine, but the first, has the data of a stack without a record; None if none has.

        The first is asked only where another one has some, so that most new stacks cost it no request.
        """
        first, *others = ENGINES
        found = next((name for name in others if self._has_data(name)), None)
        return None if found is None or self._has_data(first) else found

    def _with_data(self, name: str) -> ChosenEngine:
        """Prepare the engine that has the data."""
        try:
            return self._prepared(name)
        except ImageUnavailableError:
            raise
        except PrerequisiteError as error:
            raise self._away(name, error) from error

    def _first_usable(self) -> ChosenEngine:
        """Prepare the first engine that can run here; no fallback from one with data of the stack."""
        names = list(ENGINES)
        for name, following in pairwise(names):
            try:
                return self._prepared(name)
            except REASONS_TO_FALL_BACK as error:
                # Asked only now, so that a stack that can run pays nothing for it.
                has_data = self.deps.engine(name).had_data(self.stack.identity) or self._has_data(name)
                if has_data and not isinstance(error, ImageUnavailableError):
                    raise self._away(name, error) from error
                if has_data or self.request.in_ci:
                    raise
                self._say_fallback(error, name, following)
        return self._prepared(names[-1])

    def _prepared(self, name: str) -> ChosenEngine:
        engine = self.deps.engine(name)
        engine.check_prerequisites()
        if not engine.traits.runs_images:
            return ChosenEngine(engine, None)
        recorded = self.record.image_family if self.record else None
        request = self.request
        images = self.deps.images.ensure(
            self.settings.stack_versions, recorded, pull=request.pull, offline=request.offline
        )
        return ChosenEngine(engine, images)

    def _has_data(self, name: str) -> bool:
        try:
            return self.deps.engine(name).has_data(self.stack.identity)
        except PrerequisiteError:
            return False

    def _away(self, name: str, error: PrerequisiteError) -> EngineAwayError:
        return EngineAwayError(name, self.deps.engine(name).traits.data_place, error)

    def _say_fallback(self, error: PrerequisiteError, name: str, following: str) -> None:
        lacks = self.deps.engine(following).traits.lacks
        warn(
            self.deps.reporter,
            f"{error.message}: using the {following} engine, which lacks {lacks}; "
            f"for the full stack, {error.hint}, then run `devenv up --engine {name}`",
        )
