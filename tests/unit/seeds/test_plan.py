"""From observed to desired, as lines that a person can check."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fakes.observed import having

from devenv.cli.views.declared_state import changes_document
from devenv.seeds.changes import change_line
from devenv.seeds.load import parse_seeds
from devenv.seeds.plan import plan
from devenv.seeds.seeds import Observed
from devenv.temporal.protocol import Cluster, Namespace

if TYPE_CHECKING:
    from devenv.seeds.changes import Change

NOTHING = Observed()
ORDERS: dict[str, Any] = {
    "name": "orders",
    "retention": "30d",
    "description": "Order processing workflows",
    "owner_email": "orders@example.com",
    "data": {"team": "checkout"},
}
AS_DECLARED = Namespace(
    "orders",
    timedelta(days=30),
    "Order processing workflows",
    "orders@example.com",
    {"team": "checkout", "other": "x"},
)


def line(change: Change) -> str:
    [told] = changes_document([change])
    where = f" in {change.namespace}" if change.namespace else ""
    sides = f"{told['before']} -> {told['after']}"
    return f"{told['action']} {told['kind']} {change.name}{where}: {sides} ({change.reason})"


def lines(declared: list[dict[str, Any]], observed: Observed = NOTHING) -> list[str]:
    return [line(change) for change in plan(parse_seeds({"namespaces": declared}), observed)]


def test_on_an_empty_server_everything_is_created() -> None:
    """Namespaces first, in their order, then search attributes."""
    declared = [
        {"name": "orders", "retention": "30d", "search_attributes": {"A": "Keyword", "B": "Double"}},
        {"name": "payments", "search_attributes": {"A": "Keyword"}},
    ]
    assert lines(declared) == [
        "create namespace orders: None -> retention 30d (not registered)",
        "create namespace payments: None -> retention 3d (not registered)",
        "create search_attribute A in orders: None -> Keyword (not there)",
        "create search_attribute B in orders: None -> Double (not there)",
        "create search_attribute A in payments: None -> Keyword (not there)",
    ]


def test_what_is_as_declared_is_left() -> None:
    """Further keys in `data` and further search attributes are nobody's drift."""
    declared = [ORDERS | {"search_attributes": {"A": "Text"}}]
    observed = having([AS_DECLARED], attributes={"orders": {"A": "Text", "B": "Int"}})
    assert lines(declared, observed) == []


@pytest.mark.parametrize(
    ("declared", "change"),
    [
        ({"retention": "7d"}, "retention 30d -> retention 7d (retention differs)"),
        (
            {"description": "New"},
            'description "Order processing workflows" -> description "New" (description differs)',
        ),
        (
            {"owner_email": "a@b.c"},
            'owner_email "orders@example.com" -> owner_email "a@b.c" (owner_email differs)',
        ),
        ({"data": {"team": "x"}}, 'data.team "checkout" -> data.team "x" (data.team differs)'),
        ({"data": {"new": "x"}}, 'data.new none -> data.new "x" (data.new differs)'),
    ],
)
def test_each_difference_is_an_update(declared: dict[str, object], change: str) -> None:
    """With both sides."""
    assert lines([ORDERS | declared], having([AS_DECLARED])) == [f"update namespace orders: {change}"]


@pytest.mark.parametrize("field", ["description", "owner_email", "data"])
def test_what_is_not_declared_cannot_differ(field: str) -> None:
    """The server takes an empty text for `leave it`: an update would change nothing, again and again."""
    declared = {name: value for name, value in ORDERS.items() if name != field}
    assert lines([declared], having([AS_DECLARED])) == []


def test_namespaces_that_are_not_declared_are_left() -> None:
    """Somebody made them by hand."""
    assert lines([], having([AS_DECLARED])) == []


def test_another_type_is_an_update_that_no_server_can_make() -> None:
    """The plan says so, with the ways out that this server has."""
    declared = parse_seeds({"namespaces": [{"name": "orders", "search_attributes": {"A B": "Text"}}]})
    declared = replace(declared, places={"orders": "seeds/a.yaml:2:5"})
    observed = having([Namespace("orders")], attributes={"orders": {"A B": "Keyword"}})
    [change] = plan(declared, observed)
    assert line(change) == "update search_attribute A B in orders: Keyword -> Text (type differs)"
    assert change_line(change) == "! search attribute orders.A B: Keyword → Text"
    told = (
        "search attribute A B in orders is Keyword, declared is Text; no server changes the type of one: "
        "declare Keyword at seeds/a.yaml:2:5, or give the Text another name; "
    )
    assert change.obstacle == (
        f"{told}the index keeps the type as long as its data "
        "(`devenv down --volumes` deletes all data of the stack)"
    )
    [on_sql] = plan(declared, replace(observed, cluster=Cluster(shares_attributes=False)))
    assert on_sql.obstacle == (
        f"{told}or remove it, with the values that workflows have of it: "
        "`devenv temporal operator search-attribute remove -n orders --name 'A B'`"
    )
    assert changes_document([on_sql])[0]["obstacle"] == on_sql.obstacle


@pytest.mark.parametrize("shared", [True, False])
def test_a_server_elsewhere_is_not_mended_with_commands_on_the_stack(*, shared: bool) -> None:
    """They would act on another server."""
    declared = parse_seeds({"namespaces": [{"name": "orders", "search_attributes": {"A": "Text"}}]})
    observed = having([Namespace("orders")], attributes={"orders": {"A": "Keyword"}})
    elsewhere = replace(observed, cluster=Cluster(shares_attributes=shared), is_stack=False)
    [change] = plan(declared, elsewhere)
    assert change.obstacle
    assert "devenv" not in change.obstacle


def test_a_missing_attribute_is_no_conflict() -> None:
    """It can be added."""
    declared = parse_seeds({"namespaces": [{"name": "orders", "search_attributes": {"A": "Text"}}]})
    assert [change.obstacle for change in plan(declared, NOTHING)] == [None, None]


def test_a_change_as_a_document_has_the_fields_of_the_contract() -> None:
    """As `plan`, `apply` and `status` print it."""
    [change] = plan(parse_seeds({"namespaces": [{"name": "orders"}]}), NOTHING)
    [document] = changes_document([change])
    assert document == {
        "action": "create",
        "kind": "namespace",
        "name": "orders",
        "namespace": None,
        "before": None,
        "after": "retention 3d",
        "reason": "not registered",
    }
