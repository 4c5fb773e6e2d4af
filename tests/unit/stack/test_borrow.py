"""`run`: a stack for the time of one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import make_desired

from devenv.engines.protocol import EngineName
from devenv.errors import StackNameTakenError
from devenv.stack.borrow import borrowed
from devenv.stack.down import take_down
from devenv.stack.report import StackState
from devenv.stack.status import state_of
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes import FakeEngine
    from world import World


def borrow(world: World, engine: str = "auto") -> None:
    desired = make_desired(settings={"engine": engine})
    with borrowed(world.stack(), desired, UpRequest(), world.kit) as report:
        assert report.state is StackState.READY
        assert report.engine is not None
        assert state_of(world.kit.engine(report.engine).services(world.stack())) is StackState.READY


def up(world: World) -> None:
    bring_up(world.stack(), make_desired(), UpRequest(), world.kit)


def test_a_stack_that_is_up_stays_up(world: World) -> None:
    """It is used as it is, and nothing is done to it."""
    up(world)
    borrow(world)
    assert world.compose.calls == ["launch"]
    assert len(world.compose.services(world.stack())) == 4


def test_a_stopped_stack_is_stopped_again(world: World) -> None:
    """Nothing of it is removed."""
    up(world)
    world.compose.stop(world.stack())
    borrow(world)
    assert state_of(world.compose.services(world.stack())) is StackState.STOPPED
    assert world.compose.data == {"shop"}


def test_kept_data_is_kept(world: World) -> None:
    """What was down with its data is that again, and remembered."""
    up(world)
    take_down(world.stack(), world.kit, volumes=False)
    before = world.store.load("shop")
    borrow(world)
    assert world.compose.running == {}
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") == before
    assert (world.store.directory("shop") / "postgres-password").exists()


@pytest.mark.parametrize("engine", ["compose", "embedded"])
def test_where_nothing_was_nothing_is_left(world: World, engine: str) -> None:
    """Neither services nor data nor a record."""
    borrow(world, engine)
    for fake in (world.compose, world.embedded):
        assert (fake.running, fake.data) == ({}, set())
    assert not world.store.directory("shop").exists()


def test_data_without_a_record_is_kept_too(world: World) -> None:
    """The state directory may be lost; the volumes are somebody's data all the same."""
    world.compose.data.add("shop")
    borrow(world)
    assert world.compose.data == {"shop"}
    assert world.compose.running == {}


def test_a_stack_on_another_engine_is_left_as_it_was(world: World) -> None:
    """`run --engine embedded` beside data on compose: only what it made goes, and the record comes back."""
    up(world)
    take_down(world.stack(), world.kit, volumes=False)
    before = world.store.load("shop")
    borrow(world, "embedded")
    assert (world.embedded.running, world.embedded.data) == ({}, set())
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") == before
    assert (world.store.directory("shop") / "postgres-password").exists()


def test_a_failing_command_puts_everything_back_too(world: World) -> None:
    """Whatever leaves the block."""
    with (
        pytest.raises(KeyboardInterrupt),
        borrowed(world.stack(), make_desired(), UpRequest(), world.kit),
    ):
        raise KeyboardInterrupt
    assert world.compose.running == {}


def test_it_works_without_docker(world: World) -> None:
    """An engine that is away has nothing of the stack."""
    world.without_docker()
    borrow(world)
    engines: dict[EngineName, FakeEngine] = {each.name: each for each in (world.compose, world.embedded)}
    assert engines[EngineName.EMBEDDED].calls == ["launch", "remove with volumes"]


def test_somebody_elses_stack_is_not_borrowed(world: World) -> None:
    """The name belongs to another project."""
    up(world)
    other = world.stack("other")
    stranger = type(other)("shop", other.project, other.owner)
    with pytest.raises(StackNameTakenError), borrowed(stranger, make_desired(), UpRequest(), world.kit):
        pytest.fail("borrowed")
    assert world.compose.calls == ["launch"]
