"""Whether a declaration fits the server that it is meant for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from devenv.seeds.attributes import SearchAttributeType
from devenv.seeds.kinds.namespace import ArchivalState, NamespaceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.seeds.seeds import Seeds

# The columns that a SQL visibility store has for each namespace; `start-dev` cannot be told to have more.
SQL_COLUMNS: Mapping[SearchAttributeType, int] = {
    SearchAttributeType.BOOL: 3,
    SearchAttributeType.INT: 3,
    SearchAttributeType.DOUBLE: 3,
    SearchAttributeType.DATETIME: 3,
    SearchAttributeType.KEYWORD: 10,
    SearchAttributeType.KEYWORD_LIST: 3,
    SearchAttributeType.TEXT: 3,
}


def beyond_sql(seeds: Seeds) -> list[str]:
    """Return a sentence for each namespace with more search attributes of a type than SQL has columns."""
    return [sentence for spec in seeds.of(NamespaceSpec) for sentence in _beyond_sql(seeds, spec)]


def _beyond_sql(seeds: Seeds, spec: NamespaceSpec) -> Iterator[str]:
    for kind, count in Counter(spec.search_attributes.values()).items():
        if count > SQL_COLUMNS[kind]:
            yield (
                f'{_place(seeds, spec)}the namespace "{spec.name}" declares {count} search attributes '
                f"of type {kind}, the embedded engine has room for {SQL_COLUMNS[kind]}"
            )


def unarchived(seeds: Seeds) -> list[str]:
    """Return a sentence for each namespace whose archival a server without an archive ignores."""
    return [
        f'{_place(seeds, spec)}the namespace "{spec.name}" declares archival, and this stack has no archive'
        for spec in seeds.of(NamespaceSpec)
        if ArchivalState.ENABLED in {spec.history_archival_state, spec.visibility_archival_state}
    ]


def _place(seeds: Seeds, spec: NamespaceSpec) -> str:
    place = seeds.place_of(spec.name)
    return f"{place}: " if place else ""
