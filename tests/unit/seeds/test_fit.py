"""What a server has no room or no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.seeds.attributes import SearchAttributeType
from devenv.seeds.fit import SQL_COLUMNS, beyond_sql, unarchived
from devenv.seeds.load import load_seeds, parse_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.seeds.seeds import Seeds


def declaring(kind: SearchAttributeType, count: int) -> Seeds:
    attributes = {f"Own{number}": kind.value for number in range(count)}
    return parse_seeds({"namespaces": [{"name": "orders", "search_attributes": attributes}]})


@pytest.mark.parametrize("kind", list(SearchAttributeType))
def test_each_type_has_its_number_of_columns(kind: SearchAttributeType) -> None:
    """One more does not fit."""
    assert beyond_sql(declaring(kind, SQL_COLUMNS[kind])) == []
    [sentence] = beyond_sql(declaring(kind, SQL_COLUMNS[kind] + 1))
    assert sentence == (
        f'the namespace "orders" declares {SQL_COLUMNS[kind] + 1} search attributes of type {kind}, '
        f"the embedded engine has room for {SQL_COLUMNS[kind]}"
    )


def test_columns_are_counted_by_namespace() -> None:
    """Each has its own."""
    namespaces = [
        {"name": name, "search_attributes": {f"{name}A": "Int", f"{name}B": "Int"}} for name in "ab"
    ]
    assert beyond_sql(parse_seeds({"namespaces": namespaces})) == []


def test_the_place_is_told(tmp_path: Path) -> None:
    """Where the declaration comes from a file."""
    file = tmp_path / "a.yaml"
    file.write_text("namespaces:\n  - {name: a, search_attributes: {A: Int, B: Int, C: Int, D: Int}}\n")
    [sentence] = beyond_sql(load_seeds([tmp_path]))
    assert sentence.startswith(f'{file}:2:6: the namespace "a" declares 4 search attributes of type Int')


@pytest.mark.parametrize("field", ["history_archival_state", "visibility_archival_state"])
def test_archival_that_is_wanted_is_told(field: str) -> None:
    """That it is not wanted needs no archive."""
    wanted, unwanted = (
        parse_seeds({"namespaces": [{"name": "a", field: state}]}) for state in ("enabled", "disabled")
    )
    assert len(unarchived(wanted)) == 1
    assert unarchived(unwanted) == []
