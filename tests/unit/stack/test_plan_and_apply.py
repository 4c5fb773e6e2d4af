"""`plan` and `apply` on a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fakes.world import make_desired

from devenv.errors import NotReadyError, NotRunningError, SeedsInvalidError, ServerUnreachableError
from devenv.seeds.changes import change_line
from devenv.stack.plan_and_apply import apply_to_stack, plan_seeds
from devenv.stack.report import NamespaceState
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.world import World

    from devenv.seeds.changes import Change
    from devenv.stack.desired import Desired

TWO = make_desired(
    {"namespaces": [{"name": "orders"}, {"name": "payments", "search_attributes": {"A": "Int"}}]}
)


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up, with one namespace `orders`."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.gateway.calls.clear()
    world.gateway.proven.clear()
    world.reporter.events.clear()
    return world


def plan(world: World, desired: Desired = TWO, *, prune: bool = False) -> list[str]:
    return [
        change_line(change) for change in plan_seeds(world.stack().require_serving(), desired, prune=prune)
    ]


def apply(world: World, desired: Desired = TWO, **options: Any) -> Sequence[Change]:
    return apply_to_stack(world.stack(), desired, **options)


def test_a_plan_writes_nothing(running: World) -> None:
    """It says what would change."""
    assert plan(running) == ["+ namespace payments (retention 3d)", "+ search attribute payments.A Int"]
    assert (running.gateway.calls, running.gateway.open) == ([], 0)


def test_after_apply_there_is_nothing_to_plan(running: World) -> None:
    """What was changed is answered, and new namespaces are proven, no others."""
    assert [change.name for change in apply(running)] == ["payments", "A"]
    assert running.gateway.proven == [["payments"]]
    assert plan(running) == []
    assert running.gateway.open == 0


def test_a_new_namespace_is_usable_from_then_on(running: World) -> None:
    """`status` says so."""
    apply(running)
    report = get_status(running.stack(), TWO)
    assert {each.state for each in report.namespaces} == {NamespaceState.USABLE}


def test_without_a_new_namespace_no_workflow_is_started(running: World) -> None:
    """An update is proven by looking."""
    changed = make_desired({"namespaces": [{"name": "orders", "retention": "9d"}]})
    assert [change_line(change) for change in apply(running, changed)] == [
        "~ namespace orders: retention 3d → 9d"
    ]
    assert running.gateway.proven == []


def test_pruning_deletes_what_was_agreed_upon(running: World) -> None:
    """In the answer, too."""
    running.gateway.registered["old"] = Namespace("old")
    deletions = plan_seeds(running.stack().require_serving(), make_desired(), prune=True)
    changes = apply(running, make_desired(), deletions=deletions)
    assert [change_line(change) for change in changes] == ["- namespace old"]
    assert "old" not in running.gateway.registered


@pytest.mark.parametrize("operation", [plan, apply])
def test_a_stack_that_is_not_up_is_told(world: World, operation: Any) -> None:
    """Whether it never was, or is stopped."""
    with pytest.raises(NotRunningError):
        operation(world)
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.stop(world.stack().identity)
    with pytest.raises(NotRunningError):
        operation(world)


@pytest.mark.parametrize("operation", [plan, apply])
def test_a_server_that_does_not_answer_is_told_at_once(running: World, operation: Any) -> None:
    """Nobody waits for minutes."""
    running.gateway.problems = ["the frontend does not answer"]
    with pytest.raises(ServerUnreachableError) as caught:
        operation(running)
    assert caught.value.details == ("the frontend does not answer",)
    assert running.clock.now() < 1


def test_a_server_that_ends_meanwhile_ends_the_wait(running: World) -> None:
    """Long before the deadline."""
    running.gateway.not_yet = {"payments": 10_000}
    running.clock.at(3, lambda: running.compose.stop(running.stack().identity))
    with pytest.raises(NotRunningError) as caught:
        apply(running)
    assert running.clock.now() < 10
    assert "not applied: + namespace payments (retention 3d)" in caught.value.details


def test_a_server_that_refuses_for_too_long_is_not_ready(running: World) -> None:
    """The deadline is the project's."""
    running.gateway.not_yet = {"payments": 10_000}
    with pytest.raises(NotReadyError, match="120 s"):
        apply(running)


MANY = {
    "namespaces": [{"name": "orders", "search_attributes": {f"B{number}x": "Bool" for number in range(4)}}]
}


def test_what_does_not_fit_the_embedded_engine_is_a_warning_of_the_plan_on_compose(running: World) -> None:
    """Somebody of the team may have no Docker."""
    plan(running, make_desired(MANY))
    [warning] = running.reporter.warnings()
    assert "the embedded engine has room for 3" in warning


@pytest.mark.parametrize("operation", [plan, apply])
def test_what_does_not_fit_the_embedded_engine_is_refused_there(world: World, operation: Any) -> None:
    """Before the server is asked."""
    embedded = {"engine": "embedded"}
    bring_up(world.stack(), make_desired(settings=embedded), UpRequest())
    world.gateway.calls.clear()
    with pytest.raises(SeedsInvalidError):
        operation(world, make_desired(MANY, embedded))
    assert world.gateway.calls == []
