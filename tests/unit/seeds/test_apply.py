"""Making a server have what is declared."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import FakeGateway

from devenv.errors import ServerRejectedError
from devenv.seeds.apply import (
    add_attributes,
    apply_namespaces,
    missing_attributes,
    not_applied_yet,
    observe_attributes,
    to_namespace,
)
from devenv.seeds.models import Seeds


def seeds(*namespaces: dict[str, Any], **others: Any) -> Seeds:
    return Seeds.model_validate({"namespaces": namespaces, **others})


ORDERS = {"name": "orders", "retention": "30d", "search_attributes": {"A": "Keyword", "B": "Int"}}
PAYMENTS = {"name": "payments", "search_attributes": {"A": "Keyword"}}
PLAIN = {"name": "plain"}


def test_namespaces_are_registered_in_their_order() -> None:
    """With all that is declared of them."""
    gateway = FakeGateway()
    declared = seeds({"name": "b", "description": "B", "data": {"k": "v"}}, {"name": "a"})
    apply_namespaces(gateway, declared)
    assert gateway.calls == ["register b", "register a"]
    assert gateway.registered["b"] == to_namespace(declared.namespaces[0])
    assert (gateway.registered["b"].description, gateway.registered["b"].data) == ("B", {"k": "v"})


def test_a_second_time_changes_nothing() -> None:
    """Applying is idempotent."""
    gateway = FakeGateway()
    apply_namespaces(gateway, seeds(ORDERS))
    assert apply_namespaces(gateway, seeds(ORDERS)) == []
    assert gateway.calls == ["register orders"]


def test_several_differences_are_one_update() -> None:
    """And each is told."""
    gateway = FakeGateway()
    apply_namespaces(gateway, seeds(PLAIN))
    changes = apply_namespaces(gateway, seeds(PLAIN | {"retention": "9d", "description": "new"}))
    assert gateway.calls == ["register plain", "update plain"]
    assert [each.reason for each in changes] == ["retention differs", "description differs"]


def test_a_refusal_goes_on_to_the_caller() -> None:
    """What came before it is applied, what came after is not."""
    gateway = FakeGateway(refused={"b"})
    with pytest.raises(ServerRejectedError):
        apply_namespaces(gateway, seeds({"name": "a"}, {"name": "b"}, {"name": "c"}))
    assert gateway.calls == ["register a"]


def test_missing_attributes_are_those_that_no_namespace_lists() -> None:
    """By namespace."""
    gateway = FakeGateway(attributes={"orders": {"A": "Keyword"}}, shares_attributes=False)
    assert missing_attributes(gateway, seeds(ORDERS, PAYMENTS, PLAIN)) == {
        "orders": {"B": "Int"},
        "payments": {"A": "Keyword"},
    }


def test_only_namespaces_that_declare_attributes_are_asked() -> None:
    """And only those that are registered."""
    gateway = FakeGateway(attributes={"*": {"A": "Keyword"}})
    found = observe_attributes(gateway, seeds(ORDERS, PAYMENTS, PLAIN), ["orders", "plain"])
    assert found == {"orders": {"A": "Keyword"}}


def test_another_type_is_refused() -> None:
    """The server would accept and ignore it."""
    gateway = FakeGateway(attributes={"*": {"A": "Text"}})
    with pytest.raises(ServerRejectedError, match="type of a search attribute") as caught:
        missing_attributes(gateway, seeds(ORDERS, PAYMENTS))
    assert "A in orders is Text" in caught.value.details[0]
    assert "A in payments is Text" in caught.value.details[0]


MISSING = {"orders": {"B": "Int"}, "payments": {"A": "Keyword"}}


@pytest.mark.parametrize(
    ("cluster_wide", "calls"),
    [(True, ["add B, A in orders"]), (False, ["add B in orders", "add A in payments"])],
)
def test_attributes_are_added_in_one_request_or_by_namespace(*, cluster_wide: bool, calls: list[str]) -> None:
    """Where they are shared, a second request could undo the first."""
    gateway = FakeGateway()
    add_attributes(gateway, MISSING, cluster_wide=cluster_wide)
    assert gateway.calls == calls


@pytest.mark.parametrize("cluster_wide", [True, False])
def test_where_nothing_is_missing_nothing_is_asked(*, cluster_wide: bool) -> None:
    """Not even an empty request."""
    gateway = FakeGateway()
    add_attributes(gateway, {}, cluster_wide=cluster_wide)
    assert gateway.calls == []


def test_what_this_version_does_not_apply_is_named() -> None:
    """Each kind once."""
    endpoint = {"name": "pay", "target": {"namespace": "orders", "task_queue": "q"}}
    schedule = {"id": "s", "namespace": "orders", "workflow": "W", "task_queue": "q", "cron": "0 2 * * *"}
    assert not_applied_yet(seeds(ORDERS)) == []
    declared = seeds(nexus_endpoints=[endpoint, endpoint | {"name": "p2"}], schedules=[schedule])
    assert not_applied_yet(declared) == [
        "Nexus endpoints are declared and not applied yet",
        "schedules are declared and not applied yet",
    ]
