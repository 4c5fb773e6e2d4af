"""The names of the columns of search attributes in Postgres, while an index has the visibility.

A server keeps these names in its namespaces, whatever store it has, and asks them first: under its name, a
search attribute of the index would be written to and read from a column's field, which no mapping has, and
nothing would be found (common/searchattribute/mapper.go of server 1.32.2). A column without a name is worse:
what runs and has a value there fails. A name that is given anew gets any free column, not the one in which
earlier values are. So the columns keep their names, with a mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.project.visibility import VisibilityStore
    from devenv.temporal.protocol import Gateway

MARK = " (in Postgres)"


def rename_columns(gateway: Gateway, store: VisibilityStore) -> None:
    """Mark the names of columns where an index has the visibility; take the marks off where columns have it.

    A name that something else in the namespace has meanwhile is left marked.
    """
    for namespace, columns in gateway.attribute_columns().items():
        names = {column: _name(name, is_marked=store.is_index) for column, name in columns.items()}
        changed = {
            column: name
            for column, name in names.items()
            if name != columns[column] and name not in columns.values()
        }
        if changed:
            # The server gives no other name to a column that has one.
            gateway.name_attribute_columns(namespace, dict.fromkeys(changed, ""))
            gateway.name_attribute_columns(namespace, changed)


def _name(name: str, *, is_marked: bool) -> str:
    return name.removesuffix(MARK) + (MARK if is_marked else "")
