"""Dynamic config as values: keys, values, constraints, and the place of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


CONSTRAINT_NAMES = (
    "namespace",
    "namespaceID",
    "taskQueueName",
    "taskType",
    "historyTaskType",
    "shardID",
    "destination",
    "chasmTaskType",
)
"""The constraints that the server knows; it rejects a file with another one."""

Identity = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Entry:
    """One value of a key, for the requests that `constraints` describes (all, when empty).

    `key` is spelled as it was written, constraints as the server documents them. `place` is where
    it was written, `layer` the directory that it came from.
    """

    key: str
    value: Any
    constraints: Mapping[str, str | int]
    place: str
    layer: str

    @property
    def identity(self) -> Identity:
        """What the server tells entries apart by; keys are the same in any case."""
        return self.key.lower(), tuple(
            sorted((name, repr(value)) for name, value in self.constraints.items())
        )


@dataclass(frozen=True)
class DynamicConfig:
    """The merged entries of all layers, sorted by identity; each identity is there once."""

    entries: tuple[Entry, ...] = ()


def namespace_of(entry: Entry) -> str | None:
    """Return the namespace that an entry holds for, None for one that holds in several."""
    name = entry.constraints.get("namespace")
    return None if name is None else str(name)


def in_namespaces(config: DynamicConfig, on_server: Callable[[str], str]) -> DynamicConfig:
    """Return `config` with the names that its namespaces have on the server."""
    return merged(
        entry
        if (name := namespace_of(entry)) is None
        else replace(entry, constraints={**entry.constraints, "namespace": on_server(name)})
        for entry in config.entries
    )


def merged(entries: Iterable[Entry]) -> DynamicConfig:
    """Return a config of `entries`, of which a later one replaces an earlier one of the same identity."""
    by_identity = {entry.identity: entry for entry in entries}
    return DynamicConfig(tuple(by_identity[identity] for identity in sorted(by_identity)))


def unconstrained(config: DynamicConfig) -> dict[str, Any]:
    """Return key and value of the entries without constraints."""
    return {entry.key: entry.value for entry in config.entries if not entry.constraints}


def constrained(config: DynamicConfig) -> list[Entry]:
    """Return the entries with constraints, such as a namespace."""
    return [entry for entry in config.entries if entry.constraints]


def jsonable(value: Any) -> Any:
    """Return `value` as JSON can say it: dates, infinity and NaN become text."""
    if isinstance(value, dict):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [jsonable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, str | int | None) else str(value)


def not_enforced(config: DynamicConfig) -> list[str]:
    """Return a sentence for each value with constraints, which the embedded server does not support."""
    return [in_words(entry) for entry in constrained(config)]


def in_words(entry: Entry) -> str:
    """Return the key, the constraints and the place of an entry."""
    constraints = " ".join(f"{name}={value}" for name, value in entry.constraints.items())
    return f"{entry.key} {constraints} ({entry.place})"
