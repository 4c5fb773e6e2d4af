"""`@pytest.mark.temporal(...)`: what a test wishes of its stack and its namespace."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from devenv.pytest_plugin import options
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "temporal"
DOCUMENTATION = (
    "temporal(engine=..., search_attributes={...}, dynamic_config={...}): skip the test on another engine; "
    "give its namespace these search attributes (name to type) and this dynamic config (key to value) beside "
    "what is declared"
)
NAMESPACE_FIXTURE = "temporal_namespace"

_KEYS = ("engine", "search_attributes", "dynamic_config")
_OF_NAMESPACE = {
    "search_attributes": "{'CustomerId': 'Keyword'}",
    "dynamic_config": "{'frontend.namespaceRPS': 100}",
}
_FIXTURE_PREFIX = "temporal_"


class MarkerError(Exception):
    """A marker that says what the plugin does not understand; the text begins with the place of the test."""


@dataclass(frozen=True)
class Wishes:
    """What the markers of a test, or of what shares a namespace, add up to."""

    engine: str | None = None
    search_attributes: Mapping[str, Any] = field(default_factory=dict)
    dynamic_config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def of_namespace(self) -> dict[str, Any]:
        """What its namespace must have, as JSON."""
        return {
            "search_attributes": dict(self.search_attributes),
            "dynamic_config": dict(self.dynamic_config),
        }


def uses_plugin(item: pytest.Item) -> bool:
    """Tell whether the test uses a fixture of the plugin; another's marker of the same name is not ours."""
    return any(name.startswith(_FIXTURE_PREFIX) for name in getattr(item, "fixturenames", ()))


def place_of(node: pytest.Item | pytest.Collector) -> str:
    """Return where the test is, as file:line; of a module its file."""
    if isinstance(node, pytest.Item):
        path, line, _ = node.location
        return path if line is None else f"{path}:{line + 1}"
    return node.nodeid or "the session"


def wishes_of(node: pytest.Item | pytest.Collector) -> Wishes:
    """Return what the markers of `node`, and of the class and module that it is in, say together.

    Raises:
        MarkerError: One of them says what is not understood.
    """
    engine, attributes, config = None, dict[str, Any](), dict[str, Any]()
    for mark in reversed(list(node.iter_markers(NAME))):  # the nearest comes last, and wins
        _check(mark, place_of(node))
        engine = mark.kwargs.get("engine", engine)
        attributes |= mark.kwargs.get("search_attributes", {})
        config |= mark.kwargs.get("dynamic_config", {})
    return Wishes(engine, attributes, config)


def check_reaches_namespace(item: pytest.Item) -> None:
    """Return if the namespace of `item` can have what the markers wish.

    Raises:
        MarkerError: One of a single test wishes something of a namespace that others share.
    """
    chain = _sharing(item).listchain()
    for node, mark in item.iter_markers_with_node(NAME):
        if node not in chain and (beyond := sorted(_OF_NAMESPACE.keys() & set(mark.kwargs))):
            scope = options.namespace_scope(item.config)
            raise MarkerError(
                f"{place_of(item)}: {_called(beyond[0])} is for a namespace of the test's own, and this one "
                f"is shared ({scope}): mark the {scope}, or set the scope to function"
            )


def wanted_namespaces(session: pytest.Session) -> list[tuple[dict[str, Any], int]]:
    """Return which namespaces the collected tests will ask for, and how many of each."""
    sharing = {
        _sharing(item): None
        for item in session.items
        if NAMESPACE_FIXTURE in getattr(item, "fixturenames", ())
    }
    counts = Counter[str]()
    wishes: dict[str, dict[str, Any]] = {}
    for node in sharing:
        try:
            wished = wishes_of(node).of_namespace
        except MarkerError:
            continue  # that test will fail with it
        counts[repr(wished)] += 1
        wishes[repr(wished)] = wished
    return [(wishes[key], count) for key, count in counts.items()]


def _sharing(item: pytest.Item) -> pytest.Item | pytest.Collector:
    """Return what shares the namespace of `item`: itself, or the class, module, package or session."""
    kinds: dict[str, type[pytest.Collector]] = {
        "class": pytest.Class,
        "module": pytest.Module,
        "package": pytest.Package,
        "session": pytest.Session,
    }
    kind = kinds.get(options.namespace_scope(item.config))
    found = item.getparent(kind) if kind else None
    return found if isinstance(found, pytest.Collector) else item


def _check(mark: pytest.Mark, place: str) -> None:
    if mark.args:
        raise MarkerError(f"{place}: @pytest.mark.{NAME} takes {', '.join(_KEYS)}, each by its name")
    for key in mark.kwargs:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            advice = f"did you mean {near[0]}?" if near else f"it takes {', '.join(_KEYS)}"
            raise MarkerError(f"{place}: {_called(key)} is not known: {advice}")
    engine = mark.kwargs.get("engine")
    if engine is not None and engine not in ENGINES:
        raise MarkerError(f"{place}: {_called('engine')} must be one of {', '.join(ENGINES)}, not {engine!r}")
    for key, example in _OF_NAMESPACE.items():
        value = mark.kwargs.get(key, {})
        if not isinstance(value, dict):
            raise MarkerError(
                f"{place}: {_called(key)} must be a dictionary such as {example}, not {value!r}"
            )


def _called(key: str) -> str:
    return f"{key} of @pytest.mark.{NAME}"
