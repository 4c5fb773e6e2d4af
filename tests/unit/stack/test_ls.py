"""`ls`: every stack, wherever it is known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fakes.world import make_desired, make_record

from devenv.stack.status import list_stacks
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World


def test_where_nothing_is_nothing_is_listed(world: World) -> None:
    """With and without Docker."""
    assert list_stacks(world.deps) == []
    assert list_stacks(world.without_docker().deps) == []


def test_stacks_are_listed_by_name_with_their_state(world: World) -> None:
    """Of both engines, running or not."""
    bring_up(world.stack("shop"), make_desired(), UpRequest())
    embedded = make_desired(settings={"engine": "embedded", "ports": {"grpc": 1, "ui": 2, "http": 3}})
    bring_up(world.stack("bank"), embedded, UpRequest())
    world.compose.stop(world.stack("shop").identity)
    bank, shop = list_stacks(world.deps)
    assert (bank.name, bank.engine, bank.state, bank.grpc) == ("bank", "embedded", "ready", "127.0.0.1:1")
    assert (shop.name, shop.engine, shop.state) == ("shop", "compose", "stopped")


def test_memory_is_that_of_running_services_and_the_age_that_of_the_record(world: World) -> None:
    """A stack that is stopped uses none, and is no younger for it."""
    bring_up(world.stack("shop"), make_desired(), UpRequest())
    services = world.compose.services(world.stack("shop").identity)
    [shop] = list_stacks(world.deps)
    assert shop.memory == world.compose.memory_per_service * len(services)
    assert shop.age is not None
    assert timedelta(0) <= shop.age < timedelta(minutes=5)
    world.compose.stop(world.stack("shop").identity)
    [shop] = list_stacks(world.deps)
    assert (shop.memory, shop.age is None) == (None, False)


def test_a_stack_whose_project_is_gone_is_listed_as_that(world: World) -> None:
    """Its name is what `down --stack` needs."""
    world.store.save(make_record("old", project="/gone"))
    [old] = list_stacks(world.deps)
    assert (old.name, old.project, old.project_exists, old.state) == ("old", "/gone", False, "absent")


def test_a_stack_that_only_its_labels_tell_of_is_listed(world: World) -> None:
    """The state directory may be lost."""
    world.compose.labelled = {"lost": "/projects/lost"}
    world.compose.put("lost", "postgres")
    [lost] = list_stacks(world.deps)
    assert (lost.name, lost.engine, lost.grpc, lost.state) == ("lost", "compose", None, "ready")


def test_a_recorded_and_labelled_stack_is_listed_once(world: World) -> None:
    """The record knows more."""
    world.store.save(make_record())
    world.compose.labelled = {"shop": "/projects/shop"}
    assert [each.name for each in list_stacks(world.deps)] == ["shop"]


def test_the_state_is_unknown_while_the_engine_is_away(world: World) -> None:
    """The others are listed all the same."""
    world.store.save(make_record("bank", "embedded"))
    world.store.save(make_record("shop"))
    world.without_docker()
    assert [(each.name, each.state) for each in list_stacks(world.deps)] == [
        ("bank", "absent"),
        ("shop", "unknown"),
    ]


def test_a_damaged_record_hides_no_other_stack(world: World) -> None:
    """It is told of, with the way out."""
    world.store.save(make_record("bank"))
    (world.store.create("shop") / "stack.json").write_text("{")
    assert [stack.name for stack in list_stacks(world.deps)] == ["bank"]
    [warning] = world.reporter.warnings()
    assert "stack.json is damaged" in warning
