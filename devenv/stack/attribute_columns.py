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
    from collections.abc import Sequence

    from devenv.project.visibility import VisibilityStore
    from devenv.stack.dependencies import Clock
    from devenv.stack.progress import Check
    from devenv.temporal.protocol import Gateway

MARK = " (in Postgres)"
# The server gives no other name to a column that has one: it must be freed first. In between, the names have
# column and old name, each with this after it, so that nothing is lost with this process.
KEPT = " (kept by devenv)"
# Each part of the server reads namespaces anew every 2 s (`system.namespaceCacheRefreshInterval`).
REFRESH_S = 3.0


def renaming(gateway: Gateway, store: VisibilityStore, clock: Clock) -> Check:
    """Return a check that marks the names of columns where an index has the visibility, else unmarks them.

    It can be called again when the server has not answered, by another process, too. A name that something
    else in the namespace has meanwhile is left as it is. Where it renamed, all of the server has to know.
    """
    known_at = clock.now()

    def rename() -> Sequence[str]:
        nonlocal known_at
        for namespace, names in gateway.attribute_columns().items():
            columns = {column: name for column, name in names.items() if not column.endswith(KEPT)}
            kept = {key.removesuffix(KEPT): names[key].removesuffix(KEPT) for key in names.keys() - columns}
            wanted = {key: _name(name, is_marked=store.is_index) for key, name in {**kept, **columns}.items()}
            changed = {
                column: name
                for column, name in wanted.items()
                if name != columns.get(column) and name not in columns.values()
            }
            if named := changed.keys() & columns:
                freed = {column + KEPT: columns[column] + KEPT for column in named}
                gateway.name_attribute_columns(namespace, {**dict.fromkeys(named, ""), **freed})
            if changed:
                done = dict.fromkeys((column + KEPT for column in changed), "")
                gateway.name_attribute_columns(namespace, {**changed, **done})
                known_at = clock.now() + REFRESH_S
        return ["the server has read the names of columns"] if clock.now() < known_at else []

    return rename


def _name(name: str, *, is_marked: bool) -> str:
    return name.removesuffix(MARK) + (MARK if is_marked else "")
