"""Finds the package of an engine by its name. Nothing else imports one, but for the tests of that engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from devenv.errors import UnknownEngineError
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, EngineTraits
    from devenv.project.state import StackStore


class EnginePackage(Protocol):
    """What the package of an engine has at its top; importing it imports no library."""

    TRAITS: EngineTraits

    def make_engine(self, store: StackStore) -> Engine:
        """Return the engine for the stacks of `store`; nothing is asked or written yet."""


def package_of(name: str) -> EnginePackage:
    """Return the package of the engine `name`.

    Raises:
        UnknownEngineError: This devenv has no such engine.
    """
    if name not in ENGINES:
        raise UnknownEngineError(name, list(ENGINES))
    return cast("EnginePackage", import_module(ENGINES[name]))


def traits_of(name: str) -> EngineTraits:
    """Return the traits of the engine `name`; who has the engine itself reads its `traits`.

    Raises:
        UnknownEngineError: This devenv has no such engine.
    """
    return package_of(name).TRAITS
