"""The one answer to whether a stack exists, serves and is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired, make_record

from devenv.errors import NotRunningError, StackNameTakenError
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up."""
    bring_up(world.stack(), make_desired(), UpRequest())
    return world


def answers(world: World) -> tuple[bool, bool, bool]:
    now = world.stack().observe()
    assert now is not None
    return now.exists, now.is_serving, now.is_proven(["orders"])


def test_a_stack_that_is_up_exists_serves_and_is_proven(running: World) -> None:
    assert answers(running) == (True, True, True)


def test_another_start_of_the_server_is_not_proven(running: World) -> None:
    running.compose.put("shop", "temporal")
    assert answers(running) == (True, True, False)


@pytest.mark.parametrize("state", ["exited", "paused", "created", "dead"])
def test_a_server_that_does_not_run_does_not_serve(running: World, state: str) -> None:
    """Whatever else runs."""
    running.compose.put("shop", "temporal", state)
    assert answers(running) == (True, False, False)
    assert not running.stack().is_serving
    with pytest.raises(NotRunningError, match="The server of the stack shop is not running"):
        running.stack().require_serving()


def test_a_stack_that_is_down_does_not_exist(running: World) -> None:
    running.compose.remove(running.stack().identity, volumes=False)
    assert answers(running) == (False, False, False)
    with pytest.raises(NotRunningError, match="The stack shop is not running"):
        running.stack().require_exists()


def test_without_a_record_there_is_nothing_to_observe(world: World) -> None:
    assert world.stack().observe() is None
    with pytest.raises(NotRunningError, match="The stack shop is not running"):
        world.stack().require_serving()


def test_the_stack_of_another_project_is_not_observed(world: World) -> None:
    world.store.save(make_record(project="/elsewhere"))
    with pytest.raises(StackNameTakenError):
        world.stack().observe()
