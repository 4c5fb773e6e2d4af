"""`up` on another engine than before: the stack moves, and its data stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired

from devenv.engines.compose.password import was_on_compose
from devenv.errors import DevenvError, DockerUnreachableError, NotReadyError
from devenv.images.catalog import official_family
from devenv.project.settings import Settings
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World

    from devenv.stack.report import StackReport


def up(world: World, engine: str = "auto", *, must_stay: bool = False) -> StackReport:
    desired = make_desired(settings={"engine": engine})
    return bring_up(world.stack(), desired, UpRequest(must_stay=must_stay))


@pytest.mark.parametrize(("before", "after"), [("compose", "embedded"), ("embedded", "compose")])
def test_what_runs_on_the_other_engine_is_removed_and_its_data_kept(
    world: World, before: str, after: str
) -> None:
    """A stack is one running environment; one line says what stays, and how to go back."""
    up(world, before)
    assert up(world, after).engine == after
    left = world.deps.engine(before)
    assert left.services(world.stack().identity) == []
    assert left.has_data(world.stack().identity)
    [warning] = world.reporter.warnings()
    assert "its data stays there" in warning
    assert f"`devenv up --engine {before}`" in warning


def test_ports_and_the_family_of_images_are_remembered(world: World) -> None:
    """The stack answers where it did, and its data on compose stays with its images."""
    up(world, "compose")
    up(world, "embedded")
    record = world.store.load("shop")
    assert record is not None
    assert (record.engine, record.ports["grpc"], record.image_family) == ("embedded", 7233, "official")
    official = official_family(Settings().stack_versions)
    world.images.missing = {*official.refs.values()}
    up(world, "compose")
    assert world.images.pulled == [*official.refs.values()]


def test_a_second_up_says_nothing_more(world: World) -> None:
    """The move is over, and Docker is not asked any more."""
    up(world, "compose")
    up(world, "embedded")
    world.without_docker()
    up(world)
    assert len(world.reporter.warnings()) == 1


def test_a_stack_that_is_down_with_its_data_moves_too(world: World) -> None:
    """There is nothing to remove, and what stays is said all the same."""
    up(world, "compose")
    down(world.stack(), volumes=False)
    world.compose.calls.clear()
    up(world, "embedded")
    assert world.compose.calls == []
    assert len(world.reporter.warnings()) == 1


def test_an_engine_that_is_away_is_left_with_a_word(world: World) -> None:
    """Who asks for the embedded engine because Docker is away gets it, and hears what could not be done."""
    up(world, "compose")
    world.without_docker()
    assert up(world, "embedded").state is StackState.READY
    [warning] = world.reporter.warnings()
    assert DockerUnreachableError().message in warning
    assert "its data stays there" in warning


def test_a_server_that_no_record_tells_of_is_left_as_well(world: World) -> None:
    """The record is lost, and both engines have something: compose is chosen, embedded runs no more."""
    up(world, "embedded")
    world.store.forget_record("shop")
    up(world, "compose")
    assert world.embedded.running == {}


@pytest.mark.parametrize("engine", ["compose", "embedded"])
def test_services_without_a_record_give_their_ports_back(world: World, engine: str) -> None:
    """Nobody knows which they have: they are made anew, on the data that there is."""
    up(world, engine)
    world.store.forget_record("shop")
    assert up(world).engine == engine
    fake = world.compose if engine == "compose" else world.embedded
    assert fake.calls == ["launch", "remove", "launch"]
    assert world.reporter.warnings() == []


@pytest.mark.parametrize("is_running", [True, False])
def test_a_stack_that_must_stay_is_not_moved(world: World, *, is_running: bool) -> None:
    """Who only borrows it could not put it back, stopped or not; the hint has three ways out."""
    up(world, "compose")
    if not is_running:
        world.compose.stop(world.stack().identity)
    before = world.compose.services(world.stack().identity)
    with pytest.raises(DevenvError, match="on the compose engine") as caught:
        up(world, "embedded", must_stay=True)
    for part in ("`--engine`", "`--stack NAME`", "`devenv up --engine embedded`"):
        assert part in caught.value.hint
    assert world.compose.services(world.stack().identity) == before
    assert world.embedded.calls == []


def test_a_first_up_that_fails_leaves_no_sign_of_data(world: World) -> None:
    """Else the next one would not take another engine, for data that was removed with the rest."""
    world.gateway.problems = ["refused"] * 10_000
    with pytest.raises(NotReadyError):
        up(world)
    assert not was_on_compose(world.stack().identity, world.store)
    world.gateway.problems.clear()
    assert up(world.without_docker()).engine == "embedded"
