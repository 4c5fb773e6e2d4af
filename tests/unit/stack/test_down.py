"""`down`: what goes and what stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes.engine import SERVICES
from fakes.world import make_desired, make_record

from devenv.engines.compose.password import was_on_compose
from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.errors import EngineAwayError
from devenv.stack.lifecycle import DownReport, down
from devenv.stack.stack import Stack
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.world import World


def report_down(world: World, *, volumes: bool = False) -> DownReport:
    return down(world.stack(), volumes=volumes)


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.calls.clear()
    return world


@pytest.mark.parametrize("volumes", [False, True])
def test_nothing_to_take_down_is_no_failure(world: World, *, volumes: bool) -> None:
    """Nothing is touched, and the report says so."""
    assert report_down(world, volumes=volumes) == DownReport("shop", was_there=False, keeps_data=False)
    assert world.compose.calls == world.embedded.calls == []


def test_data_and_what_is_remembered_are_kept(running: World) -> None:
    """The next `up` finds its engine, ports, password and data."""
    assert report_down(running) == DownReport("shop", was_there=True, keeps_data=True)
    assert running.compose.calls == ["remove"]
    assert running.compose.data == {"shop"}
    assert running.store.load("shop") is not None
    assert (running.store.directory("shop") / "postgres-password").exists()


def test_with_volumes_nothing_is_left(running: World) -> None:
    """Neither data nor a record nor a password."""
    assert report_down(running, volumes=True) == DownReport(
        "shop", was_there=True, keeps_data=False, deleted=("Docker volumes",)
    )
    assert running.compose.calls == ["remove with volumes"]
    assert not running.store.directory("shop").exists()


def test_data_of_a_stack_that_is_down_can_still_be_deleted(running: World) -> None:
    """`down`, and `down --volumes` later."""
    report_down(running)
    assert report_down(running, volumes=True) == DownReport(
        "shop", was_there=False, keeps_data=False, deleted=("Docker volumes",)
    )
    assert running.compose.data == set()


def test_twice_is_as_good_as_once(running: World) -> None:
    """The second call has nothing to do."""
    report_down(running, volumes=True)
    running.compose.calls.clear()
    assert not report_down(running, volumes=True).was_there
    assert running.compose.calls == []


@pytest.mark.parametrize("volumes", [False, True])
@pytest.mark.parametrize("is_recorded", [False, True])
def test_an_engine_that_is_away_matters_if_it_has_the_stack(
    running: World, *, volumes: bool, is_recorded: bool
) -> None:
    """Else the user would believe that everything is gone; nothing is forgotten, and the hint goes on."""
    if not is_recorded:
        running.store.forget_record("shop")
    running.without_docker()
    with pytest.raises(EngineAwayError) as caught:
        report_down(running, volumes=volumes)
    assert "nothing was removed" in caught.value.hint
    assert was_on_compose(running.stack().identity, running.store)
    assert (running.store.load("shop") is not None) == is_recorded


def test_data_that_a_stack_left_on_another_engine_is_not_said_to_be_deleted(running: World) -> None:
    """A stack that moved to the embedded engine goes down without Docker; with its data it does not."""
    bring_up(running.stack(), make_desired(settings={"engine": "embedded"}), UpRequest())
    running.without_docker()
    with pytest.raises(EngineAwayError, match="Docker volumes"):
        report_down(running, volumes=True)
    assert running.embedded.data == running.compose.data == {"shop"}
    assert "temporal" in running.embedded.running["shop"]
    assert was_on_compose(running.stack().identity, running.store)
    assert report_down(running).keeps_data
    running.compose.away = None
    assert not report_down(running, volumes=True).keeps_data
    assert running.embedded.data == running.compose.data == set()


def test_an_engine_that_is_away_does_not_matter_to_a_stack_on_the_other(world: World) -> None:
    """An embedded stack goes down on a machine without Docker."""
    desired = make_desired(settings={"engine": "embedded"})
    bring_up(world.stack(), desired, UpRequest())
    world.without_docker()
    assert report_down(world, volumes=True).was_there
    assert world.embedded.running == {}


def test_a_stack_on_both_engines_goes_from_both(running: World) -> None:
    """Whoever tried out the other engine has not to remember it."""
    running.embedded.bring_up("shop")
    assert report_down(running, volumes=True).was_there
    assert (running.compose.running, running.embedded.running) == ({}, {})


def test_a_stack_without_a_record_is_found_by_its_engine(world: World) -> None:
    """The state directory may be lost; labels are not."""
    for name in SERVICES["compose"]:
        world.compose.put("shop", name)
    assert report_down(world).was_there
    assert world.compose.running == {}


def test_a_stack_whose_project_is_gone_can_be_taken_down_by_name(running: World) -> None:
    """The name comes from `--stack`; the project is another one then."""
    stack = running.stack()
    stack.project.rmdir()
    running.store.save(make_record(project="/gone"))
    assert report_down(running, volumes=True).was_there
    assert running.compose.running == {}


def test_another_stack_is_never_touched(running: World) -> None:
    """Neither its services nor its data nor its record."""
    bank = running.stack("bank")
    running.ports.hold((7233, 8233, 7243), "the container shop-temporal-1", is_stack=True)
    bring_up(bank, make_desired(), UpRequest())
    report_down(running, volumes=True)
    assert len(running.compose.services(bank.identity)) == 4
    assert running.compose.data == {"bank"}
    assert running.store.names() == ["bank"]


def test_the_real_embedded_engine_leaves_no_directory_behind(world: World, tmp_path: Path) -> None:
    """It keeps its files below the stack's directory, and to ask it whether it has data must not make one."""
    engine = EmbeddedEngine(tmp_path / "temporal", lambda stack: world.store.create(stack.name))
    world.store.save(make_record(engine="embedded", project=world.stack().project))
    deps = replace(world.deps, engine=lambda _: engine)
    down(Stack(world.stack().identity, deps), volumes=True)
    assert not world.store.directory("shop").exists()


@pytest.mark.parametrize("volumes", [False, True])
def test_a_damaged_record_does_not_stop_a_stack_from_being_taken_down(
    running: World, *, volumes: bool
) -> None:
    """The labels of its containers tell what it is; the record is kept, unless everything is to go."""
    path = running.store.directory("shop") / "stack.json"
    path.write_text("garbage")
    assert report_down(running, volumes=volumes) == DownReport(
        "shop",
        was_there=True,
        keeps_data=not volumes,
        deleted=("Docker volumes",) if volumes else (),
    )
    assert running.compose.running.get("shop", {}) == {}
    assert path.with_name("stack.json.damaged").is_file() is not volumes
    [warning] = running.reporter.warnings()
    assert "is damaged" in warning
