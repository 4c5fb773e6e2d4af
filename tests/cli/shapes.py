"""The shape of JSON documents: every field by its path, with the types that its value can have."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


class Shape:
    """The union of the documents that were added.

    A path such as `services[].name` is a field of every item of a list. One that ends in `?` is not in every
    object. Fields below `open_fields` are not told: a mapping there has keys that its user chose.
    """

    def __init__(self, open_fields: Collection[str]) -> None:
        self._open = open_fields
        self._objects: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._types: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, document: Mapping[str, Any]) -> None:
        """Add one document."""
        self._object("", document)

    def fields(self) -> dict[str, str]:
        """Return the types of each field, sorted by its path."""
        return {self._shown(path): " | ".join(sorted(self._types[path])) for path in sorted(self._types)}

    def _shown(self, path: str) -> str:
        parent = path.rpartition(".")[0]
        is_field = not path.endswith("[]")
        return f"{path}?" if is_field and self._seen[path] < self._objects[parent] else path

    def _object(self, path: str, value: Mapping[str, Any]) -> None:
        self._objects[path] += 1
        for name, each in value.items():
            below = f"{path}.{name}" if path else name
            self._seen[below] += 1
            self._value(below, each)

    def _value(self, path: str, value: Any) -> None:
        if path.rpartition(".")[2] in self._open:
            self._types[path].add("any")
        elif isinstance(value, dict):
            self._types[path].add("object")
            self._object(path, value)
        elif isinstance(value, list):
            self._types[path].add("array")
            for each in value:
                self._value(f"{path}[]", each)
        else:
            self._types[path].add(TYPES[type(value)])
