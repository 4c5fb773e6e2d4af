"""The order in which a server is proven usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import make_desired

from devenv.errors import NotReadyError, ServerRejectedError
from devenv.stack.progress import Progress
from devenv.stack.readiness import Readiness
from devenv.stack.waiting import Deadline, Waiter

if TYPE_CHECKING:
    from world import World

SEEDS = {
    "namespaces": [
        {"name": "orders", "search_attributes": {"CustomerId": "Keyword", "Total": "Double"}},
        {"name": "payments", "search_attributes": {"CustomerId": "Keyword"}},
    ]
}


def make_readiness(world: World, seeds: dict[str, object] | None = None, timeout_s: float = 5) -> Readiness:
    desired = make_desired(seeds or dict(SEEDS))
    waiter = Waiter(Deadline(world.clock, 0, timeout_s), lambda: None)
    return Readiness(world.gateway, desired.seeds, waiter, Progress(world.reporter, world.clock))


def test_the_proof_has_every_step_in_its_order(world: World) -> None:
    """A workflow starts, is found, attributes are listed, and the canaries are gone before it is over."""
    make_readiness(world).prove(cluster_wide=True)
    assert world.gateway.calls == [
        "canaries start",
        "canaries find",
        "add CustomerId, Total in orders",
        "canaries delete",
    ]
    done = [step for step, status in world.reporter.steps() if status == "done"]
    assert done == ["visibility", "workflow-start", "workflow-found", "search-attributes", "clean-up"]


def test_every_declared_namespace_gets_its_canary(world: World) -> None:
    """One proven namespace says nothing about another."""
    make_readiness(world).prove(cluster_wide=True)
    assert world.gateway.proven == [["orders", "payments"]]


@pytest.mark.parametrize("stage", ["start", "find", "delete"])
def test_each_stage_of_the_proof_is_waited_for(world: World, stage: str) -> None:
    """It is asked again until nothing is missing."""
    world.gateway.lacking[stage] = [["namespace orders: not yet"], ["namespace orders: not yet"]]
    make_readiness(world).prove(cluster_wide=True)
    assert world.gateway.calls.count(f"canaries {stage}") == 3


@pytest.mark.parametrize("stage", ["start", "find", "delete"])
def test_a_stage_that_never_comes_ends_at_the_deadline(world: World, stage: str) -> None:
    """What it waited for is in the error."""
    world.gateway.lacking[stage] = [["namespace orders: not yet"]] * 1000
    with pytest.raises(NotReadyError) as caught:
        make_readiness(world).prove(cluster_wide=True)
    assert caught.value.details == ("still missing: namespace orders: not yet",)


def test_nothing_is_started_before_visibility_answers(world: World) -> None:
    """A workflow that visibility cannot take yet would be looked for in vain for a while."""
    world.gateway.visibility_problems = ["no index"] * 1000
    with pytest.raises(NotReadyError, match="not ready"):
        make_readiness(world).prove(cluster_wide=True)
    assert world.gateway.calls == []


def test_the_frontend_is_waited_for(world: World) -> None:
    """Until its own health check has no problem."""
    world.gateway.problems = ["refused", "NOT_SERVING"]
    make_readiness(world).await_frontend()
    assert world.reporter.messages("frontend")[1:3] == ["refused", "NOT_SERVING"]


def test_attributes_are_added_where_they_are_shared_in_one_request(world: World) -> None:
    """On OpenSearch they are the cluster's."""
    assert make_readiness(world).apply_search_attributes(cluster_wide=True)
    assert world.gateway.calls == ["add CustomerId, Total in orders"]


def test_attributes_are_added_namespace_by_namespace_on_sql(world: World) -> None:
    """There each namespace has its own."""
    world.gateway.shares_attributes = False
    assert make_readiness(world).apply_search_attributes(cluster_wide=False)
    assert world.gateway.calls == ["add CustomerId, Total in orders", "add CustomerId in payments"]


def test_attributes_that_are_listed_are_not_added(world: World) -> None:
    """A second `up` asks and changes nothing."""
    readiness = make_readiness(world)
    readiness.apply_search_attributes(cluster_wide=True)
    assert not readiness.apply_search_attributes(cluster_wide=True)
    assert len(world.gateway.calls) == 1


def test_without_declared_attributes_nobody_asks(world: World) -> None:
    """Then there is no such step either."""
    assert not make_readiness(world, {"namespaces": [{"name": "orders"}]}).apply_search_attributes(
        cluster_wide=True
    )
    assert world.reporter.events == []


def test_an_attribute_of_another_type_is_refused_before_anything_is_added(world: World) -> None:
    """No server can change a type, and a missing one beside it is not added halfway."""
    world.gateway.attributes["*"] = {"CustomerId": "Text"}
    with pytest.raises(ServerRejectedError) as caught:
        make_readiness(world).apply_search_attributes(cluster_wide=True)
    assert "CustomerId in orders is Text, declared is Keyword" in caught.value.details[0]
    assert world.gateway.calls == []


def test_namespaces_say_how_many_had_to_change(world: World) -> None:
    """The second time none has."""
    readiness = make_readiness(world)
    assert readiness.apply_namespaces()
    assert not readiness.apply_namespaces()
    assert world.reporter.messages("namespaces") == ["", "2 declared, 2 changed", "", "2 declared, 0 changed"]
