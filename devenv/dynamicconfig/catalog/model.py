"""What the server knows about its dynamic config: settings, their types, and what they can depend on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from devenv.dynamicconfig.catalog.nearest import KeyIndex, certain_match

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


FILE_NAME = "settings.json"


@cache
def read_data() -> dict[str, Any]:
    """Return the content of the file: `versions`, `constraint_sets`, `settings`."""
    text = Path(__file__).with_name(FILE_NAME).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def constraint_sets(precedence: str) -> tuple[frozenset[str], ...]:
    """Return the sets of constraints that can match, the strongest first."""
    return tuple(frozenset(names) for names in read_data()["constraint_sets"][precedence])


def default_text(value: Any, stand_in: str | None, constrained: Iterable[ConstrainedDefault]) -> str:
    """Return a default in one line; `stand_in` replaces one that no file could contain."""
    general = stand_in if stand_in is not None else value_text(value)
    special = (f"; {value_text(one.value)} for {constraints_text(one.constraints)}" for one in constrained)
    return general + "".join(special)


def value_text(value: Any) -> str:
    """Return a value in the flow style of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {value_text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if value is None:
        return "none"
    if isinstance(value, bool | int | float) or value == "":
        return json.dumps(value)
    return str(value)


def constraints_text(constraints: Mapping[str, str | int]) -> str:
    """Return constraints as a mapping in one line."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in sorted(constraints.items())) + "}"


Read = Literal["live", "start", "unknown"]


class Precedence(StrEnum):
    """What the value of a setting can depend on."""

    GLOBAL = "Global"
    NAMESPACE = "Namespace"
    NAMESPACE_ID = "NamespaceID"
    TASK_QUEUE = "TaskQueue"
    DESTINATION = "Destination"
    SHARD_ID = "ShardID"
    TASK_TYPE = "TaskType"
    CHASM_TASK_TYPE = "ChasmTaskType"

    @property
    def constraint_sets(self) -> tuple[frozenset[str], ...]:
        """The sets of constraints that can match, the strongest first; another set never matches.

        The last one is empty: a value without constraints.
        """
        return constraint_sets(self.value)


class ValueType(StrEnum):
    """What the value of a setting is."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STRING = "string"
    DURATION = "duration"
    MAP = "map"
    STRUCTURE = "structure"


class ShapeKind(StrEnum):
    """What a part of a structured value is.

    `any` is whatever the file says; `none` cannot be given in a file at all: a function, an interface.
    """

    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    STRING = "string"
    DURATION = "duration"
    TIME = "time"
    ENUM = "enum"
    PARSED = "parsed"
    LIST = "list"
    MAP = "map"
    STRUCT = "struct"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a structured value is made of, as the server's ConvertStructure (`collection.go`) decodes it."""

    kind: ShapeKind
    element: Shape | None = None
    """Of each item of a list or value of a map; what lies below a parsed type's own text form."""
    fields: Mapping[str, Shape] = field(default_factory=dict)
    """Of a struct: by name, which a file may spell in any case."""
    names: tuple[str, ...] = ()
    """Of an enum, which a file may spell in any case; its number is accepted, too."""


@dataclass(frozen=True, slots=True)
class ConstrainedDefault:
    """A default that holds for some requests only."""

    constraints: Mapping[str, str | int]
    value: Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the server, its key spelled as in the server's source."""

    key: str
    type: ValueType
    precedence: Precedence
    default: Any
    """As a file would contain it; None if no file could, or if it is null."""
    default_stand_in: str | None
    """The text to show for a default that no file could contain."""
    description: str
    read: Read
    """`start`: a change takes effect when the server starts again; `unknown`: the analysis could not tell."""
    shape: Shape | None = None
    """Of structures and maps; None where only the converter knows what it accepts."""
    converter: str | None = None
    """The server's function that reads the value, where it is not the one of the type."""
    constrained_defaults: tuple[ConstrainedDefault, ...] = ()

    @property
    def default_text(self) -> str:
        """The defaults in one line."""
        return default_text(self.default, self.default_stand_in, self.constrained_defaults)


@dataclass(frozen=True)
class Catalog:
    """The settings of one server version, by lower-case key."""

    version: str
    """The version asked for."""
    covers: str
    """The version whose settings these are."""
    settings: Mapping[str, Setting]

    def find(self, key: str) -> Setting | None:
        """Return the setting of a key in any case."""
        return self.settings.get(key.lower())

    def nearest(self, key: str, n: int = 3) -> list[str]:
        """Return up to `n` keys that may be meant by an unknown one, the likeliest first."""
        return self._index.nearest(key, n)

    def meant(self, key: str) -> Setting | None:
        """Return the setting that an unknown key must stand for, or None.

        That is one with the same letters, with one typo, with the first part written twice or
        left out; and there is no other.
        """
        name = key.lower()
        first, dot, rest = name.partition(".")
        if dot and rest.startswith(f"{first}."):
            return self.find(rest) or self.meant(rest)
        found = certain_match(name, self._keys)
        if found is None and not dot:
            found = certain_match(name, self._keys_without_first_part)
        return self.find(found) if found else None

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {key: key for key in self.settings}

    @cached_property
    def _keys_without_first_part(self) -> Mapping[str, str]:
        """The keys by what follows their first dot, where that is enough to know one."""
        by_rest: dict[str, list[str]] = {}
        for key in self.settings:
            by_rest.setdefault(key.partition(".")[2], []).append(key)
        return {rest: keys[0] for rest, keys in by_rest.items() if len(keys) == 1}

    def search(self, pattern: str) -> list[Setting]:
        """Return the settings whose key has all words of `pattern`, or else their description, by key.

        Words are separated by spaces; `*` stands for any text.
        """
        by_key = [setting for setting in self.settings.values() if _matches(pattern, setting.key)]
        if by_key:
            return by_key
        return [setting for setting in self.settings.values() if _matches(pattern, setting.description)]

    @cached_property
    def _index(self) -> KeyIndex:
        return KeyIndex(setting.key for setting in self.settings.values())


def _matches(pattern: str, text: str) -> bool:
    return all(_has(text.lower(), word) for word in pattern.lower().split())


def _has(text: str, word: str) -> bool:
    """Return whether the parts of `word` between its stars are in `text`, in their order."""
    at = 0
    for part in word.split("*"):
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
