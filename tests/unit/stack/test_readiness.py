"""The order in which a server is proven usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.errors import NotReadyError, ServerRejectedError
from devenv.stack.progress import Deadline, Progress, Waiter
from devenv.stack.readiness import await_frontend, prove_usable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from fakes.world import World

NAMESPACES = ("orders", "payments")


def make_waiter(world: World) -> Waiter:
    return Waiter(Deadline(world.clock, 0, 5), lambda: None)


def make_proof(world: World) -> AbstractContextManager[None]:
    progress = Progress(world.reporter, world.clock)
    return prove_usable(NAMESPACES, world.gateway, make_waiter(world), progress)


def prove(world: World) -> None:
    with make_proof(world):
        world.gateway.calls.append("meanwhile")


def test_the_proof_has_every_step_in_its_order(world: World) -> None:
    """A workflow starts, is found, and the canaries are gone before it is over; the server has its time."""
    prove(world)
    assert world.gateway.calls == ["canaries start", "canaries find", "meanwhile", "canaries delete"]
    done = [step for step, status in world.reporter.steps() if status == "done"]
    assert done == ["visibility", "workflow-start", "workflow-found", "clean-up"]


def test_every_declared_namespace_gets_its_canary(world: World) -> None:
    """One proven namespace says nothing about another."""
    prove(world)
    assert world.gateway.proven == [["orders", "payments"]]


@pytest.mark.parametrize("stage", ["start", "find", "delete"])
def test_each_stage_of_the_proof_is_waited_for(world: World, stage: str) -> None:
    """It is asked again until nothing is missing."""
    world.gateway.lacking[stage] = [["namespace orders: not yet"], ["namespace orders: not yet"]]
    prove(world)
    assert world.gateway.calls.count(f"canaries {stage}") == 3


@pytest.mark.parametrize("stage", ["start", "find", "delete"])
def test_a_stage_that_never_comes_ends_at_the_deadline(world: World, stage: str) -> None:
    """What it waited for is in the error."""
    world.gateway.lacking[stage] = [["namespace orders: not yet"]] * 1000
    with pytest.raises(NotReadyError) as caught:
        prove(world)
    assert caught.value.details == ("still missing: namespace orders: not yet",)


def test_nothing_is_started_before_visibility_answers(world: World) -> None:
    """A workflow that visibility cannot take yet would be looked for in vain for a while."""
    world.gateway.visibility_problems = ["no index"] * 1000
    with pytest.raises(NotReadyError, match="not ready"):
        prove(world)
    assert "canaries start" not in world.gateway.calls


@pytest.mark.parametrize("end", [KeyboardInterrupt, ServerRejectedError("A was refused", "no")])
def test_a_proof_that_is_left_early_takes_its_canaries_along(
    world: World, end: BaseException | type[BaseException]
) -> None:
    """Nobody may come to end it: there may be nothing to prove any more. What ended it stays the reason."""
    kind = end if isinstance(end, type) else type(end)
    with pytest.raises(kind), make_proof(world):
        raise end
    assert world.gateway.calls == ["canaries start", "canaries find", "canaries abandon"]


def test_a_proof_that_gets_nowhere_takes_its_canaries_along(world: World) -> None:
    """A deadline ends it, too."""
    world.gateway.lacking["find"] = [["namespace orders: not yet"]] * 1000
    with pytest.raises(NotReadyError):
        prove(world)
    assert world.gateway.calls[-1] == "canaries abandon"


def test_the_frontend_is_waited_for(world: World) -> None:
    """Until its own health check has no problem."""
    world.gateway.problems = ["refused", "NOT_SERVING"]
    await_frontend(world.gateway, make_waiter(world), Progress(world.reporter, world.clock))
    assert world.reporter.messages("frontend")[1:3] == ["refused", "NOT_SERVING"]
