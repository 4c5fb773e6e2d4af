"""Search attributes in seeds: other files may add to those of a namespace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from unit.seeds.seed_files import names, refusals, write

from devenv.errors import SeedsInvalidError
from devenv.seeds.attributes import SearchAttributeType
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.load import load_seeds


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_search_attribute_knows_its_own_place() -> None:
    """Where its type stands."""
    text = "namespaces:\n  - name: orders\n    search_attributes:\n      CustomerId: Keyword\n"
    seeds = load_seeds([write("seeds/a.yaml", text)])
    assert seeds.place_of_attribute("orders", "CustomerId") == "seeds/a.yaml:4:7"


def test_another_file_may_add_search_attributes_to_a_namespace() -> None:
    """Whichever is read first; all else of the namespace stands in one file."""
    added = "namespaces: [{name: orders, search_attributes: {CustomerId: Keyword, OrderTotal: Double}}]\n"
    added += "schedules: [{id: s, namespace: orders, workflow: W, task_queue: q, cron: '@daily', "
    added += "search_attributes: {OrderTotal: 1}}]\n"
    own = "namespaces:\n  - {name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}\n"
    write("seeds/orders-service.yaml", added)
    write("seeds/orders.yaml", own)
    seeds = load_seeds([Path("seeds")])
    [orders] = seeds.of(NamespaceSpec)
    assert orders.retention == timedelta(days=30)
    assert orders.search_attributes == {
        "CustomerId": SearchAttributeType.KEYWORD,
        "OrderTotal": SearchAttributeType.DOUBLE,
    }
    assert seeds.place_of("orders") == "seeds/orders.yaml:2:6"


@pytest.mark.parametrize(
    "again",
    [
        "namespaces: [{name: orders}]\n",
        "namespaces: [{name: orders, retention: 5d, search_attributes: {A: Int}}]\n",
    ],
)
def test_only_search_attributes_can_be_added(again: str) -> None:
    """What else is said twice could differ."""
    write("seeds/a.yaml", "namespaces: [{name: orders, retention: 3d}]\n")
    write("seeds/b.yaml", again)
    with pytest.raises(SeedsInvalidError, match=r"seeds/b.yaml:1:15: .* is declared already at seeds/a"):
        load_seeds([Path("seeds")])


def test_nothing_is_added_to_a_namespace_in_its_own_file() -> None:
    """There it is a slip."""
    entry = "  - {name: orders, search_attributes: {A: Int}}\n"
    write("seeds/a.yaml", f"namespaces:\n{entry}{entry}")
    with pytest.raises(SeedsInvalidError, match="is declared already"):
        load_seeds([Path("seeds")])


def test_an_undeclared_namespace_is_refused_where_it_is_named() -> None:
    """The nearest declared name is offered."""
    layer = write(
        "seeds/a.yaml",
        """\
namespaces: [{name: payments}]
nexus_endpoints:
  - {name: ep, target: {namespace: payment, task_queue: q}}
schedules:
  - {id: s, namespace: zzz, workflow: W, task_queue: q, interval: 1h}
""",
    )

    assert refusals(layer) == [
        (
            'seeds/a.yaml:3:25: the Nexus endpoint "ep" needs the namespace "payment", '
            'which no seed declares; did you mean "payments"?'
        ),
        'seeds/a.yaml:5:13: the schedule "s" of "zzz" needs the namespace "zzz", which no seed declares',
    ]


def test_one_search_attribute_with_two_types_is_refused_with_both_places() -> None:
    """OpenSearch has one mapping for all namespaces."""
    builtin = write("builtin/a.yaml", "namespaces:\n- {name: a, search_attributes: {Total: Int}}\n")
    project = write("seeds/b.yaml", "namespaces:\n- {name: b, search_attributes: {X: Int, Total: Double}}\n")

    assert refusals(builtin, project) == [
        (
            "seeds/b.yaml:2:41: the search attribute Total is Double here and Int at builtin/a.yaml:2:33, "
            "it has one type in the whole cluster"
        )
    ]


def test_a_type_that_was_redefined_away_conflicts_with_nothing() -> None:
    """Only what is finally declared counts."""
    builtin = write("builtin/a.yaml", "namespaces: [{name: a, search_attributes: {Total: Int}}]")
    project = write("seeds/b.yaml", "namespaces: [{name: a}, {name: b, search_attributes: {Total: Double}}]")

    assert names(load_seeds([builtin, project])) == ["a", "b"]
