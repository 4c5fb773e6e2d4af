"""What a server has no room or no use for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devenv.project.visibility import VISIBILITY_STORES
from devenv.seeds.attributes import SearchAttributeType
from devenv.seeds.fit import beyond_columns, unarchived, unfit_for_index
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.load import load_seeds, parse_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.project.visibility import StoreName
    from devenv.seeds.seeds import Seeds

SQLITE = VISIBILITY_STORES["sqlite"]


def declaring(kind: SearchAttributeType, count: int) -> Seeds:
    attributes = {f"Own{number}": kind.value for number in range(count)}
    return parse_seeds({"namespaces": [{"name": "orders", "search_attributes": attributes}]})


@pytest.mark.parametrize(
    ("name", "title"), [("sqlite", "the embedded engine"), ("postgres", "visibility in Postgres")]
)
@pytest.mark.parametrize("kind", list(SearchAttributeType))
def test_each_type_has_its_number_of_columns(kind: SearchAttributeType, name: StoreName, title: str) -> None:
    """One more does not fit."""
    store = VISIBILITY_STORES[name]
    assert store.columns is not None
    room = store.columns[kind.value]
    assert beyond_columns(declaring(kind, room), store) == []
    [sentence] = beyond_columns(declaring(kind, room + 1), store)
    assert sentence == (
        f'the namespace "orders" declares {room + 1} search attributes of type {kind}, '
        f"{title} has room for {room}"
    )


def test_an_index_has_room_for_as_many_as_one_likes() -> None:
    """OpenSearch has no columns."""
    assert beyond_columns(declaring(SearchAttributeType.BOOL, 50), VISIBILITY_STORES["opensearch"]) == []


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["_id"], "has the name of a field that OpenSearch has itself"),
        (["a..b"], "has a dot that is not between two names"),
        ([".a"], "has a dot that is not between two names"),
        (["a."], "has a dot that is not between two names"),
        ([".".join("w" * 21)], "has more than 20 names between dots"),
        (["a.b", "a"], 'stands below "a", which is a search attribute too'),
        (["a.b.c", "a.b"], 'stands below "a.b", which is a search attribute too'),
        (["WorkflowId.z"], 'stands below "WorkflowId", which is a search attribute too'),
    ],
)
def test_a_name_that_an_index_refuses_is_told(names: list[str], reason: str) -> None:
    """Each was refused by a node; a name like it is taken."""
    attributes = dict.fromkeys(names, "Keyword")
    seeds = parse_seeds({"namespaces": [{"name": "orders", "search_attributes": attributes}]})
    [sentence] = unfit_for_index(seeds)
    start = f'the search attribute "{names[0]}" of the namespace "orders" {reason}'
    assert sentence.startswith(start)


def test_names_that_an_index_takes(tmp_path: Path) -> None:
    """Dots and odd characters are no fault by themselves, and the place of the other is told."""
    attributes = dict.fromkeys(["a.b", "a.c", "_my", "x y", "q*r", "_type"], "Keyword")
    fit = {"namespaces": [{"name": "orders", "search_attributes": attributes}]}
    assert unfit_for_index(parse_seeds(fit)) == []
    file = tmp_path / "a.yaml"
    file.write_text(
        "namespaces:\n"
        "  - {name: a, search_attributes: {A: Int}}\n"
        "  - {name: b, search_attributes: {A.x: Int}}\n"
    )
    [sentence] = unfit_for_index(load_seeds([tmp_path]))
    assert sentence.startswith(
        f'{file}:3:6: the search attribute "A.x" of the namespace "b" stands below "A"'
    )


def test_columns_are_counted_by_namespace() -> None:
    """Each has its own."""
    namespaces = [
        {"name": name, "search_attributes": {f"{name}A": "Int", f"{name}B": "Int"}} for name in "ab"
    ]
    assert beyond_columns(parse_seeds({"namespaces": namespaces}), SQLITE) == []


def test_the_place_is_told(tmp_path: Path) -> None:
    """Where the declaration comes from a file."""
    file = tmp_path / "a.yaml"
    file.write_text("namespaces:\n  - {name: a, search_attributes: {A: Int, B: Int, C: Int, D: Int}}\n")
    [sentence] = beyond_columns(load_seeds([tmp_path]), SQLITE)
    assert sentence.startswith(f'{file}:2:6: the namespace "a" declares 4 search attributes of type Int')


@pytest.mark.parametrize(
    ("field", "wanted", "unwanted"),
    [
        ("archival", True, False),
        ("history_archival_state", "enabled", "disabled"),
        ("visibility_archival_state", "enabled", "disabled"),
    ],
)
def test_archival_that_is_wanted_is_told(field: str, wanted: object, unwanted: object) -> None:
    """In one sentence for all namespaces. That it is not wanted needs no archive."""
    several = [{"name": name, field: wanted} for name in ("a", "b")]
    [sentence] = unarchived(parse_seeds({"namespaces": several}))
    assert sentence.startswith("archival of a, b: this stack has no archive")
    assert unarchived(parse_seeds({"namespaces": [{"name": "a", field: unwanted}]})) == []


def test_a_namespace_for_a_test_archives_nothing() -> None:
    """It is deleted soon, and the archive would keep what was in it."""
    [spec] = parse_seeds({"namespaces": [{"name": "a", "retention": "1h", "archival": True}]}).of(
        NamespaceSpec
    )
    assert spec.without_archival() == NamespaceSpec(name="a", retention=timedelta(hours=1))
