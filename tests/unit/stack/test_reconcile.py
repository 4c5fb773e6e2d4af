"""From what a server has to what is declared, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fakes.world import make_desired

from devenv.errors import (
    ApplyIncompleteError,
    NotReadyError,
    PermissionDeniedError,
    ServerRejectedError,
    ServerUnreachableError,
)
from devenv.seeds.changes import change_line
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.plan import observe, plan
from devenv.stack.progress import Deadline, Progress, Waiter
from devenv.stack.reconcile import Reconciler, deletions_of
from devenv.temporal.protocol import Namespace, NexusEndpoint, Refusal, Write
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakes.world import World

DECLARED: dict[str, Any] = {
    "namespaces": [
        {"name": "orders", "search_attributes": {"CustomerId": "Keyword", "Total": "Double"}},
        {"name": "payments", "search_attributes": {"CustomerId": "Keyword"}},
    ],
    "nexus_endpoints": [{"name": "pay", "target": {"namespace": "payments", "task_queue": "q"}}],
    "schedules": [
        {"id": "s", "namespace": "orders", "workflow": "W", "task_queue": "q", "interval": "1h"},
        {"id": "t", "namespace": "orders", "workflow": "W", "task_queue": "q", "cron": "@daily"},
    ],
}


def reconciler(world: World, declared: dict[str, Any] | None = None, timeout_s: float = 5) -> Reconciler:
    seeds = make_desired(declared or DECLARED).seeds
    waiter = Waiter(Deadline(world.clock, world.clock.now(), timeout_s), lambda: None)
    return Reconciler(world.gateway, seeds, waiter, Progress(world.reporter, world.clock))


def left(world: World) -> list[str]:
    """Return what a plan still finds."""
    seeds = make_desired(DECLARED).seeds
    return [
        change_line(change) for change in plan(seeds, observe(world.gateway, seeds, prune=True), prune=True)
    ]


def test_everything_is_made_in_the_order_of_what_needs_what(world: World) -> None:
    """Shared search attributes in one request."""
    reconciler(world).reconcile(KINDS)
    assert world.gateway.calls == [
        "create orders",
        "create payments",
        "create CustomerId, Total in orders",
        "create endpoint pay",
        "create schedule orders.s",
        "create schedule orders.t",
    ]
    assert left(world) == []


def test_on_sql_each_namespace_gets_its_own_attributes(world: World) -> None:
    """There they are columns."""
    world.gateway.shares_attributes = False
    reconciler(world).reconcile(KINDS)
    assert world.gateway.calls[2:4] == ["create CustomerId, Total in orders", "create CustomerId in payments"]
    assert left(world) == []


def test_what_is_counted_on_the_way_is_what_is_counted_in_the_end(world: World) -> None:
    """Each kind counts its own, and two changes of one namespace are one namespace."""
    earlier: dict[str, Any] = {"namespaces": [{"name": "orders", "retention": "1d", "description": "Orders"}]}
    reconciler(world, earlier).reconcile([NAMESPACES])
    world.reporter.events.clear()
    reconciler(world).reconcile(KINDS)
    said = {
        step: world.reporter.messages(step)[-2:] for step in ("namespaces", "search-attributes", "schedules")
    }
    assert said == {
        "namespaces": ["2 of 2 applied", "1 created, 1 updated"],
        "search-attributes": ["3 of 3 applied", "3 created"],
        "schedules": ["2 of 2 applied", "2 created"],
    }


def test_a_second_time_nothing_is_written(world: World) -> None:
    """And each kind says so."""
    reconciler(world).reconcile(KINDS)
    world.gateway.calls.clear()
    assert reconciler(world).reconcile(KINDS) == []
    assert world.gateway.calls == []
    assert world.reporter.messages("schedules")[-1] == "as declared"


def test_kinds_that_are_not_declared_are_no_steps(world: World) -> None:
    """Nobody asks the server for them."""
    reconciler(world, {"namespaces": [{"name": "orders"}]}).reconcile(KINDS)
    assert {step for step, _ in world.reporter.steps()} == {"namespaces"}


@pytest.mark.parametrize("writes", range(6))
@pytest.mark.parametrize("shared", [True, False])
def test_interrupted_anywhere_and_run_again_it_ends_as_declared(
    world: World, writes: int, *, shared: bool
) -> None:
    """Nothing is remembered between the two but what the server has."""
    world.gateway.shares_attributes = shared
    world.gateway.killed_after = writes
    with pytest.raises(KeyboardInterrupt):
        reconciler(world).reconcile(KINDS)
    world.gateway.killed_after = None
    reconciler(world).reconcile(KINDS)
    assert left(world) == []


def test_a_refusal_that_may_pass_is_tried_again(world: World) -> None:
    """A namespace that was registered a moment ago is not known everywhere."""
    world.gateway.not_yet = {"schedule orders.s": 3, "endpoint pay": 1}
    reconciler(world).reconcile(KINDS)
    assert left(world) == []
    assert "schedule orders.s could not be created: not yet" in world.reporter.messages("schedules")


def test_a_refusal_that_never_passes_ends_at_the_deadline_with_an_account(world: World) -> None:
    """What was applied, and what was not."""
    world.gateway.not_yet = {"schedule orders.s": 10_000}
    with pytest.raises(NotReadyError) as caught:
        reconciler(world).reconcile(KINDS)
    details = caught.value.details
    assert details[0] == "still missing: schedule orders.s could not be created: not yet"
    assert "applied: + schedule orders.t (times 0 0 * * *)" in details
    assert details[-1] == "not applied: + schedule orders.s (times @every 1h)"


def test_what_is_refused_for_good_does_not_keep_the_others_from_being_made(world: World) -> None:
    """The error counts, and says which were made."""
    world.gateway.refused = {"orders"}
    with pytest.raises(ApplyIncompleteError) as caught:
        reconciler(world).reconcile(KINDS)
    assert caught.value.message == "1 of 2 changes could not be applied"
    assert caught.value.details == (
        "orders could not be created: no",
        "applied: + namespace payments (retention 3d)",
        "not applied: + namespace orders (retention 3d)",
    )


def test_of_a_whole_plan_the_account_has_everything(world: World) -> None:
    """Also what nobody came to."""
    world.gateway.refused = {"orders"}
    way = reconciler(world)
    way.plan()
    with pytest.raises(ApplyIncompleteError, match="1 of 8 changes") as caught:
        way.reconcile(KINDS)
    assert "not applied: + Nexus endpoint pay (target payments/q)" in caught.value.details


def test_a_long_account_is_cut(world: World) -> None:
    """The reason of the failure must be found."""
    world.gateway.refused = {"n0"}
    with pytest.raises(ApplyIncompleteError) as caught:
        reconciler(world, {"namespaces": [{"name": f"n{number}"} for number in range(50)]}).reconcile(KINDS)
    assert caught.value.details[-2:] == ("applied: 29 more", "not applied: + namespace n0 (retention 3d)")


class Denying:
    """A `perform` that denies everything."""

    def __call__(self, writes: Sequence[Write], done: Callable[[Write], None]) -> list[Refusal | None]:
        error = PermissionDeniedError("Namespace orders could not be created", "Request unauthorized.")
        return [Refusal(error, may_pass=False) for _ in writes]


def test_who_may_do_nothing_is_told_so_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was not applied."""
    monkeypatch.setattr(world.gateway, "perform", Denying())
    with pytest.raises(PermissionDeniedError) as caught:
        reconciler(world).reconcile(KINDS)
    assert caught.value.details == (
        "Request unauthorized.",
        "not applied: + namespace orders (retention 3d)",
        "not applied: + namespace payments (retention 3d)",
    )


def test_a_server_that_accepts_and_forgets_is_found_out(world: World) -> None:
    """What counts is what it has."""
    world.gateway.ignored = {"endpoint pay"}
    with pytest.raises(NotReadyError) as caught:
        reconciler(world).reconcile(KINDS)
    assert caught.value.details[0] == "still missing: + Nexus endpoint pay (target payments/q)"


def test_attributes_are_there_when_a_query_takes_them(world: World) -> None:
    """Listed is not usable: caches."""
    world.gateway.query_problems = ["namespace orders: search attributes cannot be queried yet"] * 2
    reconciler(world).reconcile(KINDS)
    assert world.reporter.messages("search-attributes").count(
        "namespace orders: search attributes cannot be queried yet"
    )
    assert world.gateway.query_problems == []


def test_a_server_that_is_silent_for_a_moment_is_asked_again(world: World) -> None:
    """Right after its start, not every part of it answers."""
    world.gateway.failures = [ServerUnreachableError("127.0.0.1:7233", "shutting down")] * 3
    reconciler(world).reconcile(KINDS)
    assert left(world) == []


def test_another_type_is_refused_before_anything_is_changed(world: World) -> None:
    """No server can change it, and this one would not even say so."""
    world.gateway.registered["orders"] = Namespace("orders")
    world.gateway.attributes["*"] = {"CustomerId": "Text"}
    with pytest.raises(ServerRejectedError) as caught:
        reconciler(world).plan()
    assert "search attribute CustomerId in orders is Text, declared is Keyword" in caught.value.details[0]
    assert world.gateway.calls == []


def crowd(world: World) -> None:
    """Have more on the server than is declared."""
    reconciler(world).reconcile(KINDS)
    world.gateway.registered["old"] = Namespace("old")
    world.gateway.nexus["old"] = NexusEndpoint("old", "old", "q")
    world.gateway.schedules["orders", "old"] = Schedule("orders", "old", "W", "w", "q")
    world.gateway.attributes.setdefault("*", {})["Old"] = "Text"
    world.gateway.calls.clear()


def test_deletions_are_made_in_an_order_that_works(world: World) -> None:
    """The server keeps a namespace that an endpoint leads to; so does its fake."""
    crowd(world)
    way = reconciler(world)
    way.remove(deletions_of(way.plan(prune=True)))
    assert world.gateway.calls == [
        "delete schedule orders.old",
        "delete endpoint old",
        "delete Old in all",
        "delete old",
    ]
    assert left(world) == []


def test_only_what_was_agreed_upon_is_deleted(world: World) -> None:
    """Something may have appeared since."""
    crowd(world)
    way = reconciler(world)
    agreed = deletions_of(way.plan(prune=True))
    world.gateway.registered["newer"] = Namespace("newer")
    way.remove(agreed)
    assert left(world) == ["- namespace newer"]


def test_what_is_gone_already_is_not_deleted_again(world: World) -> None:
    """Somebody was first."""
    crowd(world)
    way = reconciler(world)
    agreed = deletions_of(way.plan(prune=True))
    del world.gateway.registered["old"]
    way.remove(agreed)
    assert "delete old" not in world.gateway.calls
