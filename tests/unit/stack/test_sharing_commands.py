"""Commands on a stack that worktrees share: what each leaves to others, and what is left of those gone."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired
from unit.stack.checkouts import Checkout, registered

from devenv.engines.protocol import StackIdentity
from devenv.errors import SharedStackError
from devenv.project.names import default_stack_name
from devenv.stack.importing import read_server
from devenv.stack.leaving import leave, plan_departure
from devenv.stack.lifecycle import start, stop
from devenv.stack.members import FILE
from devenv.stack.namespace_commands import delete_namespace
from devenv.stack.plan_and_apply import apply_to_stack, plan_seeds
from devenv.stack.reconcile import deletions_of
from devenv.stack.run_session import run_session
from devenv.stack.sharing import is_shared, is_user
from devenv.stack.stack import Stack
from devenv.stack.status import list_stacks
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from fakes.world import World


@pytest.fixture
def shop(world: World) -> Checkout:
    """The main worktree."""
    return Checkout(world, "")


@pytest.fixture
def feature(world: World) -> Checkout:
    return Checkout(world, "feature")


@pytest.fixture
def fix(world: World) -> Checkout:
    return Checkout(world, "fix")


def test_a_worktree_that_is_gone_is_told_of_and_can_be_pruned(
    world: World, shop: Checkout, feature: Checkout, fix: Checkout
) -> None:
    """It holds nobody back, and nothing of it is deleted unasked."""
    shop.up()
    feature.up()
    shutil.rmtree(feature.project)
    fix.up(fix.desired())
    [warning] = world.reporter.warnings()
    assert f"{feature.project} is gone" in warning
    assert "orders-feature" in warning
    assert "apply --prune" in warning
    [listed] = list_stacks(world.deps)
    assert [(each.suffix, each.is_gone, each.is_up) for each in listed.members] == [
        ("feature", True, True),
        ("fix", False, True),
        ("", False, True),
    ]
    assert shop.prunes() == ["nexus_endpoint orders-feature", "namespace orders-feature"]
    desired = shop.desired()
    deletions = deletions_of(plan_seeds(shop.stack.require_serving(), desired, prune=True))
    apply_to_stack(shop.stack, desired, deletions=deletions)
    assert registered(world) == ["orders", "orders-fix"]
    assert [each.suffix for each in shop.stack.members] == ["fix", ""]


def test_of_a_worktree_that_is_gone_nothing_keeps_the_stack_up(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Neither running nor with data."""
    shop.up()
    feature.up()
    shutil.rmtree(feature.project)
    assert plan_departure(shop.stack).is_last
    assert shop.down(volumes=True).deleted == ("Docker volumes",)


def test_a_worktree_of_the_same_name_is_told_whose_namespaces_it_gets(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Git gives a name again once the worktree that had it is removed."""
    shop.up()
    feature.up()
    again = world.directory / "again" / "feature"
    again.mkdir(parents=True)
    moved = replace(feature.stack, worktree=replace(feature.worktree, project=again))
    bring_up(moved, feature.desired(), UpRequest())
    assert any("the namespaces of that one are this one's now" in each for each in world.reporter.warnings())
    assert [each.worktree for each in moved.members] == [str(again), str(shop.project)]


def test_clients_that_get_the_namespace_of_all_are_told(world: World, feature: Checkout) -> None:
    """Nothing is isolated there."""
    feature.up(feature.desired(settings={"namespace": "default"}))
    assert any("namespace default, which all worktrees" in each for each in world.reporter.warnings())
    world.reporter.events.clear()
    feature.up(feature.desired(settings={"namespace": "orders"}))
    assert world.reporter.warnings() == []


def test_a_stack_from_before_it_was_shared_is_told_of_and_left(world: World, feature: Checkout) -> None:
    """`isolate` was changed: nothing of the old stack is lost."""
    own = default_stack_name(feature.project)
    bring_up(Stack(StackIdentity(own, feature.project, 1000), world.deps), make_desired(), UpRequest())
    feature.up(feature.desired(settings={"namespace": "orders", "ports": {"grpc": 1, "ui": 2, "http": 3}}))
    [warning] = [each for each in world.reporter.warnings() if own in each]
    assert f"devenv down -s {own}" in warning
    assert world.compose.data == {own, "shop"}


def test_a_main_worktree_that_does_not_share_is_no_danger_to_those_who_do(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Its stack is the one that they share: it changes nothing under them, and leaves it to them."""
    feature.up()
    alone = replace(shop.stack, worktree=None)
    with pytest.raises(SharedStackError, match=r"`isolate` is \"stack\" here, and \"namespace\" in"):
        bring_up(alone, make_desired(), UpRequest())
    changes = plan_seeds(alone.require_serving(), make_desired(), prune=True)
    assert deletions_of(changes) == []
    assert is_shared(alone)
    assert leave(alone, volumes=False).used_by == (str(feature.project),)


def test_whoever_only_knows_its_name_takes_the_whole_stack_down(world: World, shop: Checkout) -> None:
    """`down --stack NAME` from anywhere else is about the stack."""
    shop.up()
    assert not is_shared(Stack(StackIdentity("shop", world.directory, 1000), world.deps))


def test_to_stop_it_is_to_stop_it_for_all_and_that_is_said(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """`start` has it back for all."""
    shop.up()
    feature.up()
    stop(feature.stack, ())
    assert any(f"stops it for {shop.project}, too" in each for each in world.reporter.warnings())
    start(feature.stack, (), feature.desired(), UpRequest())
    assert shop.stack.is_serving
    assert feature.down().used_by == (str(shop.project),)


def test_each_worktree_has_a_profile_of_its_own(
    world: World, shop: Checkout, feature: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None overwrites that of another, and each goes with its worktree; the last takes all along."""
    file = world.directory / "temporal.toml"
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    settings = {"profile": True}

    def profiles() -> dict[str, str]:
        table = tomllib.loads(file.read_text()) if file.exists() else {}
        return {name: each["namespace"] for name, each in table.get("profile", {}).items()}

    shop.up(shop.desired(settings=settings))
    feature.up(feature.desired(settings=settings))
    assert profiles() == {"shop": "orders", "shop-feature": "orders-feature"}
    feature.down()
    assert profiles() == {"shop": "orders"}
    feature.up(feature.desired(settings=settings))
    shop.down()
    assert profiles() == {"shop-feature": "orders-feature"}
    feature.down()
    assert profiles() == {}


def test_run_uses_a_stack_that_another_worktree_uses_only_for_its_time(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Afterwards it is no user, and the stack stays up for the other."""
    shop.up()
    with run_session(feature.stack, feature.desired(), UpRequest()):
        assert is_user(feature.stack)
    assert not is_user(feature.stack)
    assert shop.stack.is_serving
    assert not plan_departure(shop.stack).using


def test_a_run_that_started_the_stack_leaves_it_to_who_came_up_meanwhile(
    shop: Checkout, feature: Checkout
) -> None:
    """It is not taken away from under the other worktree."""
    with run_session(feature.stack, feature.desired(), UpRequest()):
        shop.up()
    assert shop.stack.is_serving
    assert [(each.suffix, each.is_up) for each in shop.stack.members] == [("feature", True), ("", True)]


def test_import_reads_what_is_the_worktrees_own(world: World, shop: Checkout, feature: Checkout) -> None:
    """By the names that its files have."""
    shop.up()
    feature.up()
    for name in ("tmp", "tmp-feature", "tmp-fix"):
        world.gateway.registered[name] = Namespace(name)
    found = read_server(world.gateway, feature.desired().seeds, (), feature.stack.names)
    assert [each["name"] for each in found.result.items("namespaces")] == ["tmp"]
    by_name = read_server(world.gateway, feature.desired().seeds, ["tmp"], feature.stack.names)
    assert by_name.result.data == found.result.data


def test_a_namespace_is_deleted_by_the_name_that_files_have(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Never that of the main worktree."""
    shop.up()
    feature.up()
    world.gateway.nexus.clear()
    delete_namespace(feature.stack, "orders", feature.desired())
    assert registered(world) == ["orders"]
    assert [each.namespaces for each in shop.stack.members] == [(), ("orders",)]


def test_a_damaged_list_of_members_is_told_of(world: World, shop: Checkout, feature: Checkout) -> None:
    """By their suffixes git's worktrees are known all the same."""
    shop.up()
    feature.up()
    (world.store.directory("shop") / FILE).write_text("{")
    assert shop.prunes() == []
    assert any("members.json is damaged" in each for each in world.reporter.warnings())
    shop.up()
    assert [each.suffix for each in shop.stack.members] == [""]


def test_a_stack_that_nobody_shares_has_no_list_of_members(world: World) -> None:
    """Not even a file."""
    bring_up(world.stack(), make_desired(), UpRequest())
    assert not (world.store.directory("shop") / FILE).exists()
    assert not is_shared(world.stack())
    assert world.stack().names.may_delete("default")
