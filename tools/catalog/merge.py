"""One file out of what the registries of several server versions hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Record = dict[str, Any]


def merge(registries: Mapping[str, Mapping[str, Any]], made_by: str) -> str:
    """Return the text of the catalog file: a setting per line, once for all versions in which it is the same.

    `made_by` is the digest of the programs that filled the registries.

    Raises:
        ValueError: The versions disagree about which constraints can match.
    """
    versions = sorted(registries, key=_numbers)
    sets = [registries[version]["constraint_sets"] for version in versions]
    if any(other != sets[0] for other in sets):
        raise ValueError("the constraint sets differ between server versions: they need a record per version")
    lines = ",\n".join(_line(record) for record in _records(registries, versions))
    head = f'{{"made_by": {_line(made_by)},\n"versions": {_line(versions)},\n'
    return f'{head}"constraint_sets": {_line(sets[0])},\n"settings": [\n{lines}\n]}}\n'


def _records(registries: Mapping[str, Mapping[str, Any]], versions: Sequence[str]) -> Iterator[Record]:
    """Return every setting by key; one that differs between versions has several records."""
    variants: dict[tuple[str, str], tuple[Record, list[str]]] = {}
    for version in versions:
        for setting in registries[version]["settings"]:
            record = _flat(setting)
            _, holds_for = variants.setdefault((record["key"].lower(), _line(record)), (record, []))
            holds_for.append(version)
    for _, (record, holds_for) in sorted(
        variants.items(), key=lambda item: (item[0][0], versions.index(item[1][1][0]))
    ):
        yield record if holds_for == versions else {**record, "versions": holds_for}


def _order(record: Record, holds_for: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    return record["key"].lower(), _numbers(holds_for[0])


def _flat(setting: Mapping[str, Any]) -> Record:
    """Return a setting as the file has it, the parts of its default side by side."""
    default = setting["default"]
    beside = {name: default[name] for name in ("text", "constrained") if name in default}
    optional = {name: setting[name] for name in ("shape", "converter") if name in setting}
    return {
        "key": setting["key"],
        "type": setting["type"],
        "precedence": setting["precedence"],
        "read": setting["read"],
        "default": default["value"],
        **beside,
        **optional,
        "description": setting["description"].strip(),
    }


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
