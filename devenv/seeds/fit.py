"""Whether a declaration fits the server that it is meant for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from devenv.seeds.attributes import is_reserved
from devenv.seeds.kinds.namespace import NamespaceSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from devenv.project.visibility import VisibilityStore
    from devenv.seeds.seeds import Seeds

# The fields of every index and the depth of paths; tried on OpenSearch 3.6.0, which refuses the mapping.
_INDEX_FIELDS = frozenset(
    {
        "_data_stream_timestamp",
        "_doc_count",
        "_field_names",
        "_id",
        "_ignored",
        "_index",
        "_nested_path",
        "_routing",
        "_seq_no",
        "_source",
        "_version",
    }
)
_DEEPEST_FIELD = 20


def beyond_columns(seeds: Seeds, store: VisibilityStore) -> list[str]:
    """Return a sentence for each namespace with more search attributes of a type than `store` has columns."""
    specs = seeds.of(NamespaceSpec)
    return [sentence for spec in specs for sentence in _beyond_columns(seeds, spec, store)]


def _beyond_columns(seeds: Seeds, spec: NamespaceSpec, store: VisibilityStore) -> Iterator[str]:
    for kind, count in Counter(spec.search_attributes.values()).items():
        if store.columns is not None and count > store.columns[kind.value]:
            yield (
                f'{_place(seeds, spec)}the namespace "{spec.name}" declares {count} search attributes '
                f"of type {kind}, {store.title} has room for {store.columns[kind.value]}"
            )


def unfit_for_index(seeds: Seeds) -> list[str]:
    """Return a sentence for each search attribute whose name an index refuses.

    There a name is the path of a field, with dots between, and a field that has fields has no value. Other
    namespaces are in the same index.
    """
    declared = {name for spec in seeds.of(NamespaceSpec) for name in spec.search_attributes}
    return [
        f'{_place(seeds, spec)}the search attribute "{name}" of the namespace "{spec.name}" {reason}'
        for spec in seeds.of(NamespaceSpec)
        for name in spec.search_attributes
        for reason in _objections_of_index(name, declared)
    ]


def _objections_of_index(name: str, declared: Collection[str]) -> Iterator[str]:
    parts = name.split(".")
    if name in _INDEX_FIELDS:
        yield "has the name of a field that OpenSearch has itself"
    if not all(part.strip() for part in parts):
        yield "has a dot that is not between two names: OpenSearch reads it as the path of a field"
    if len(parts) > _DEEPEST_FIELD:
        yield f"has more than {_DEEPEST_FIELD} names between dots, the deepest path of OpenSearch"
    for length in range(1, len(parts)):
        above = ".".join(parts[:length])
        if above in declared or is_reserved(above):
            yield f'stands below "{above}", which is a search attribute too: OpenSearch has one or the other'


def unarchived(seeds: Seeds) -> list[str]:
    """Return what a server without an archive does not do of what is declared: no sentence, or one."""
    wanted = [spec for spec in seeds.of(NamespaceSpec) if spec.archives]
    if not wanted:
        return []
    names = ", ".join(spec.name for spec in wanted)
    what = "this stack has no archive, and what closes there is gone after its retention"
    return [f"{_place(seeds, wanted[0])}archival of {names}: {what} (`devenv up --with archive` has one)"]


def _place(seeds: Seeds, spec: NamespaceSpec) -> str:
    place = seeds.place_of(spec.name)
    return f"{place}: " if place else ""
