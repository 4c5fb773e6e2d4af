"""Read the dynamic config of a project: layers of directories, later ones winning.

The shape of the files is checked here; whether the server knows a key is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.model import CONSTRAINT_NAMES, DynamicConfig, Entry
from devenv.errors import DynamicConfigInvalidError
from devenv.project.documents import read_yaml, yaml_files
from devenv.project.sentences import described, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devenv.dynamicconfig.model import Identity
    from devenv.project.documents import Document, KeyPath

_NAMESPACES = "namespaces"
_ITEM_FIELDS = ("value", "constraints")
_CANONICAL = {name.lower(): name for name in CONSTRAINT_NAMES}


def load_dynamic_config(layers: Sequence[Path]) -> DynamicConfig:
    """Merge the dynamic config files of all `layers`, which are directories.

    A later layer replaces the value of an earlier one for the same key and constraints. A
    directory that is not there is an empty layer.

    Raises:
        DynamicConfigInvalidError: With the first fault of all files as its message and the rest as details.
    """
    problems: list[str] = []
    merged: dict[Identity, Entry] = {}
    for directory in layers:
        merged |= _read_layer(directory, problems)
    if problems:
        raise DynamicConfigInvalidError(problems[0], details=problems[1:])
    return DynamicConfig(tuple(merged[identity] for identity in sorted(merged)))


def _read_layer(directory: Path, problems: list[str]) -> dict[Identity, Entry]:
    """Return the entries of one directory; what is wrong goes to `problems`."""
    layer: dict[Identity, Entry] = {}
    for path, namespace in _files(directory, problems):
        for entry in _read_file(path, namespace, str(directory.absolute()), problems):
            first = layer.setdefault(entry.identity, entry)
            if first is not entry:
                problems.append(f"{entry.place}: {_named(entry)} has a value already at {first.place}")
    return layer


def _files(directory: Path, problems: list[str]) -> Iterator[tuple[Path, str | None]]:
    """Return each file of a layer, with the namespace that it is for."""
    try:
        yield from ((path, None) for path in yaml_files(directory, DynamicConfigInvalidError))
        of_namespaces = yaml_files(directory / _NAMESPACES, DynamicConfigInvalidError)
        yield from ((path, path.stem) for path in of_namespaces)
    except DynamicConfigInvalidError as error:
        problems.append(error.message)


def _read_file(path: Path, namespace: str | None, layer: str, problems: list[str]) -> list[Entry]:
    try:
        document = read_yaml(path, DynamicConfigInvalidError)
    except DynamicConfigInvalidError as error:
        problems.append(error.message)
        return []
    file = _File(document, namespace, layer)
    entries = list(file.entries())
    problems += file.problems
    return entries


class _File:
    """One file on its way to entries; collects what is wrong with it."""

    def __init__(self, document: Document, namespace: str | None, layer: str) -> None:
        self.problems: list[str] = []
        self._document = document
        self._namespace = namespace
        self._layer = layer

    def entries(self) -> Iterator[Entry]:
        data = self._document.data
        if not isinstance(data, dict | None):
            self._refuse((), f"expected a mapping of keys to values, found {described(data)}")
            return
        for key, content in (data or {}).items():
            if not isinstance(key, str):
                self._refuse((key,), f"expected a key that is text, found {described(key)}")
            elif self._namespace is not None and not _is_server_form(content):
                yield self._entry(key, content, {"namespace": self._namespace}, (key,))
            else:
                yield from self._items(key, content)

    def _refuse(self, key_path: KeyPath, reason: str) -> None:
        self.problems.append(f"{self._document.place(key_path)}: {reason}")

    def _entry(self, key: str, value: Any, constraints: dict[str, str | int], at: KeyPath) -> Entry:
        return Entry(key, value, constraints, self._document.place(at), self._layer)

    def _items(self, key: str, content: object) -> Iterator[Entry]:
        if not isinstance(content, list):
            self._refuse(
                (key,), f'the key "{key}" needs a list of {{value, constraints}}, found {described(content)}'
            )
            return
        for index, item in enumerate(content):
            if self._is_item(item, (key, index)):
                constraints = self._constraints(item.get("constraints"), (key, index, "constraints"))
                yield self._entry(key, item["value"], constraints, (key, index))

    def _is_item(self, item: object, at: KeyPath) -> bool:
        before = len(self.problems)
        if not isinstance(item, dict):
            self._refuse(at, f"expected {{value, constraints}}, found {described(item)}")
            return False
        for name in item:
            if name not in _ITEM_FIELDS:
                guess = did_you_mean(str(name), _ITEM_FIELDS)
                self._refuse((*at, name), f'unknown field "{name}" beside the value{guess}')
        if "value" not in item:
            self._refuse(at, 'missing field "value"')
        return len(self.problems) == before

    def _constraints(self, written: object, at: KeyPath) -> dict[str, str | int]:
        if not isinstance(written, dict | None):
            self._refuse(at, f"expected a mapping of constraints, found {described(written)}")
            return {}
        constraints: dict[str, str | int] = {}
        for name, value in (written or {}).items():
            canonical = _CANONICAL.get(str(name).lower())
            if canonical is None:
                guess = did_you_mean(str(name), CONSTRAINT_NAMES)
                self._refuse((*at, name), f'unknown constraint "{name}"{guess}')
            elif canonical in constraints:
                self._refuse((*at, name), f'the constraint "{canonical}" is here twice')
            elif not isinstance(value, str | int) or isinstance(value, bool):
                self._refuse(
                    (*at, name), f"expected text or a number to compare with, found {described(value)}"
                )
            else:
                constraints[canonical] = value
        return self._in_namespace(constraints, at)

    def _in_namespace(self, constraints: dict[str, str | int], at: KeyPath) -> dict[str, str | int]:
        """Add the namespace of a file below `namespaces/`."""
        if self._namespace is None:
            return constraints
        named = constraints.get("namespace", self._namespace)
        if named != self._namespace:
            self._refuse(
                (*at, "namespace"), f'this file is for "{self._namespace}", the entry is for "{named}"'
            )
        return {**constraints, "namespace": self._namespace}


def _is_server_form(content: object) -> bool:
    """Tell a list of `{value, constraints}` from a value that happens to be a list."""
    if not isinstance(content, list):
        return False
    return any(isinstance(item, dict) and not item.keys().isdisjoint(_ITEM_FIELDS) for item in content)


def _named(entry: Entry) -> str:
    if not entry.constraints:
        return f'the key "{entry.key}"'
    constraints = ", ".join(f"{name}: {value}" for name, value in sorted(entry.constraints.items()))
    return f'the key "{entry.key}" for {{{constraints}}}'
