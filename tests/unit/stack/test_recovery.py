"""A restore that is interrupted, and the index that is to be made anew after one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fakes.backups import ship_backups
from fakes.world import World, make_desired

from devenv.addons.backups.repository import plan_recovery, read_backups
from devenv.errors import CommandFailedError, VisibilityOutdatedError
from devenv.project.secrets import keep_secrets
from devenv.stack.backups import STORE_SECRET
from devenv.stack.interrupted import NOTE, Copying
from devenv.stack.report import StackState
from devenv.stack.restore import restore_to
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.stack.restore import Restored

SETTINGS = {"addons": {"backups": True}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world with a stack that has backups and is up."""
    world = World(tmp_path)
    ship_backups(world)
    bring_up(world.stack(), make_desired(settings=SETTINGS), UpRequest())
    return world


def restore(world: World) -> Restored:
    backups = read_backups(world.compose.answers["postgres pgbackrest"])
    plan = plan_recovery(backups[0].name, backups, backups[-1].finished_at)
    return restore_to(world.stack(), make_desired(settings=SETTINGS), UpRequest(), plan)


def is_outdated(world: World) -> bool:
    record = world.store.load("shop")
    assert record is not None
    return record.visibility_outdated


def test_the_index_is_made_anew_before_the_stack_is_ready(world: World) -> None:
    """From then on it is that of the database."""
    restored = restore(world)
    assert "index" in [each.step for each in restored.report.timings]
    assert not is_outdated(world)


def test_an_index_that_cannot_be_made_anew_is_made_by_the_next_up(world: World) -> None:
    """The first is not ready, and the stack does not forget it."""
    world.compose.answers["postgres psql"] = "orders,61,00000000000000000000000000000001,0"
    world.compose.output_failure = None
    with pytest.raises(Exception, match="backup-tools"):
        restore(world)
    assert is_outdated(world)
    world.compose.answers["postgres psql"] = ""
    bring_up(world.stack(), make_desired(settings=SETTINGS), UpRequest())
    assert not is_outdated(world)


def test_without_the_add_on_an_outdated_index_is_told(world: World) -> None:
    """Nobody else has the tools for it."""
    record = world.store.load("shop")
    assert record is not None
    world.store.save(record.model_copy(update={"visibility_outdated": True, "proof": None}))
    del world.compose.running["shop"]["backup-tools"]
    with pytest.raises(VisibilityOutdatedError, match="index is yet to be made"):
        bring_up(world.stack(), make_desired(), UpRequest())


@pytest.mark.parametrize("is_restored", [False, True])
def test_one_that_was_killed_is_undone_or_finished(world: World, *, is_restored: bool) -> None:
    """By the next command that takes the lock; only one that is finished has an index to be made anew."""
    world.compose.copy_failure = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        restore(world)
    note = world.store.directory("shop") / NOTE
    assert json.loads(note.read_text())["is_outdated"] is True
    assert json.loads(note.read_text())["is_replacing"] is False
    world.compose.copy_failure = None
    world.compose.is_restored = is_restored
    with world.stack().lock():
        assert is_outdated(world) is is_restored
    assert not note.exists()


@pytest.mark.parametrize(("is_replacing", "is_doubtful"), [(False, False), (True, True)])
def test_one_killed_when_it_had_just_ended_may_have_an_index_to_make_anew(
    world: World, *, is_replacing: bool, is_doubtful: bool
) -> None:
    """Nothing is left to finish, so nobody can tell; what is recorded holds for the old data and the new."""
    note = Copying(engine="compose", image="x", is_outdated=True, is_replacing=is_replacing)
    world.store.write_secret("shop", NOTE, note.model_dump_json())
    with world.stack().lock():
        record = world.store.load("shop")
    assert record is not None
    assert record.proof is not None
    assert (record.visibility_outdated, not record.clusters) == (is_doubtful, is_doubtful)


def test_it_is_noted_when_the_data_begins_to_be_replaced(world: World) -> None:
    """Not before: until then the data is the old."""
    world.compose.adopt_failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        restore(world)
    assert json.loads((world.store.directory("shop") / NOTE).read_text())["is_replacing"] is True


@pytest.mark.parametrize("is_restored", [False, True])
def test_what_fails_while_data_is_replaced_is_undone_or_finished(world: World, *, is_restored: bool) -> None:
    """What could be finished has not failed: the stack comes up with it."""
    world.compose.adopt_failure = CommandFailedError("Docker did not wait for it", [], [])
    world.compose.is_restored = is_restored
    if is_restored:
        assert restore(world).report.state is StackState.READY
    else:
        with pytest.raises(CommandFailedError, match="did not wait"):
            restore(world)
    assert not (world.store.directory("shop") / NOTE).exists()


def test_it_is_recovered_from_where_the_stack_has_its_backups(world: World) -> None:
    """Not from where it is to have them from now on: there are none yet."""
    record = world.store.load("shop")
    assert record is not None
    addon = record.addons[0].model_copy(update={"settings": {**record.addons[0].settings, "s3": True}})
    world.store.save(record.model_copy(update={"addons": (addon,)}))
    keep_secrets("shop", world.store, {STORE_SECRET: "of-the-store"})
    restore(world)
    [(_, environment)] = world.compose.beside
    assert environment["PGBACKREST_REPO1_TYPE"] == "s3"


def test_what_postgres_does_not_end_is_told_and_the_rest_recovered(world: World) -> None:
    """A database that takes no statements is what backups are for."""

    class Broken(dict[str, str]):
        def __contains__(self, key: object) -> bool:
            if key == "postgres psql":
                raise CommandFailedError("psql failed", [], [])
            return super().__contains__(key)

    world.compose.answers = Broken(world.compose.answers)
    with pytest.raises(CommandFailedError):
        restore(world)
    assert any("does not end its log" in each for each in world.reporter.warnings())
    assert "adopt" in world.compose.calls
