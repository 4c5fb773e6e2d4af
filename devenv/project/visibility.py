"""The visibility stores that a server can have, as one table.

By the records in it workflows and schedules are listed and searched; the workflows are elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.project.services import ComponentName

# Columns that a SQL store has for the search attributes of one namespace, by type. More of them need other
# columns in the database: `visibility.persistenceCustomSearchAttributes` alone does not make them.
SQL_COLUMNS: Mapping[str, int] = {
    "Bool": 3,
    "Int": 3,
    "Double": 3,
    "Datetime": 3,
    "Keyword": 10,
    "KeywordList": 3,
    "Text": 3,
}


Visibility = Literal["opensearch", "postgres"]
"""The stores that a project can choose between."""
StoreName = Literal["opensearch", "postgres", "sqlite"]


@dataclass(frozen=True)
class VisibilityStore:
    """A place for visibility records."""

    title: str
    """What people call it, or the engine that has no other."""
    data_place: str
    """Where the records are kept, in words."""
    way_out: str = ""
    """What to do about a declaration that it has no room for, beside declaring less."""
    compose_file: str | None = None
    """What is merged after compose/stack.yaml, as the name of a file beside it."""
    unused: frozenset[ComponentName] = frozenset()
    """The components that a stack with this store does not have."""
    is_index: bool = False
    """The names of search attributes are paths of fields in one index of the whole cluster."""
    columns: Mapping[str, int] | None = None
    """How many search attributes of each type a namespace can have; None if as many as it likes."""


VISIBILITY_STORES: Mapping[StoreName, VisibilityStore] = {
    "opensearch": VisibilityStore("visibility in OpenSearch", "the volume opensearch-data", is_index=True),
    "postgres": VisibilityStore(
        "visibility in Postgres",
        "the database temporal_visibility",
        way_out='write `visibility = "opensearch"` in devenv.toml',
        compose_file="visibility-postgres.yaml",
        unused=frozenset({"opensearch"}),
        columns=SQL_COLUMNS,
    ),
    "sqlite": VisibilityStore(
        "the embedded engine",
        "the database file",
        way_out="run the stack with `--engine compose`",
        columns=SQL_COLUMNS,
    ),
}
