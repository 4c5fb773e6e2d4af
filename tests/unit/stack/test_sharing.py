"""Worktrees on one stack: nobody changes it under another, and nobody takes what is another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.backups import TWO
from unit.stack.addon_stacks import ship
from unit.stack.checkouts import SEEDS, Checkout, registered
from unit.stack.test_shipped_addons import Code

from devenv.addons.backups.repository import RecoveryPlan, read_backups
from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.errors import ApplyIncompleteError, NotRunningError, SharedStackError
from devenv.stack.config_apply import apply_config
from devenv.stack.config_delivery import config_in_effect
from devenv.stack.leaving import leave, plan_departure
from devenv.stack.namespace_commands import list_namespaces
from devenv.stack.plan_and_apply import plan_stack
from devenv.stack.sharing import is_user
from devenv.stack.snapshots import list_snapshots
from devenv.stack.status import get_status, get_status_without_files
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def entry(key: str, value: object, namespace: str | None = None) -> Entry:
    constraints = {} if namespace is None else {"namespace": namespace}
    return Entry(key, value, constraints, f"dynamicconfig/{key}.yaml:1:1", "layer")


def test_worktrees_have_their_namespaces_side_by_side(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """The second launches nothing, and each sees its own alone."""
    shop.up()
    feature.up()
    assert world.compose.calls == ["launch"]
    assert registered(world) == ["orders", "orders-feature"]
    assert world.gateway.nexus["orders-feature"].namespace == "orders-feature"
    for checkout, name in ((shop, "orders"), (feature, "orders-feature")):
        report = get_status(checkout.stack, checkout.desired())
        assert [(each.name, each.state) for each in report.namespaces] == [(name, "usable")]
        assert (report.state, [*report.drift, *report.config]) == ("ready", [])
        assert [each.name for each in get_status_without_files(checkout.stack).namespaces] == [name]
        listed = list_namespaces(checkout.stack, checkout.desired())
        assert [each.namespace.name for each in listed] == [name]


def test_an_add_on_gets_what_all_worktrees_declare(world: World, shop: Checkout, feature: Checkout) -> None:
    """In the same order whoever runs `up`: who has a login, or works in a namespace, keeps that."""
    ship(world)
    code = world.addon_modules["static"] = Code()
    seeds = {**SEEDS, "users": [{"name": "ada", "roles": {"orders": "write", "default": "read"}}]}

    def up(checkout: Checkout) -> tuple[list[str], Mapping[str, Sequence[str]]]:
        checkout.up(checkout.desired(seeds, {"addons": {"static": True}}))
        return code.namespaces, [each for name, each in code.seen if name == "prepare"][-1].users

    assert up(shop) == (["orders"], {"ada": ("orders:write", "default:read")})
    together = (
        ["orders", "orders-feature"],
        {"ada": ("orders:write", "default:read", "orders-feature:write")},
    )
    assert up(feature) == together
    assert up(shop) == together
    feature.down(volumes=True)
    assert up(shop) == (["orders"], {"ada": ("orders:write", "default:read")})


def test_each_up_proves_its_own_namespaces_and_keeps_the_proof_of_the_others(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """So that a second `up` of the first has nothing to prove."""
    shop.up()
    feature.up()
    assert world.gateway.proven == [["orders"], ["orders-feature"]]
    shop.up()
    feature.up()
    assert len(world.gateway.proven) == 2


def test_what_is_another_worktrees_is_never_pruned(world: World, shop: Checkout, feature: Checkout) -> None:
    """Whether or not it uses the stack; what was made by hand is, where it is one's own."""
    world.gateway.shares_attributes = False
    shop.up()
    feature.up()
    feature.down()
    for name in ("stray", "stray-feature"):
        world.gateway.registered[name] = Namespace(name)
    world.gateway.attributes["orders"] = {"Mine": "Keyword"}
    assert shop.prunes() == ["search_attribute Mine", "namespace stray"]
    assert feature.prunes() == ["namespace stray-feature"]


def test_attributes_of_the_whole_cluster_are_not_pruned_where_it_is_shared(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Nobody can tell whose they are."""
    world.gateway.shares_attributes = True
    shop.up()
    feature.up()
    world.gateway.attributes["*"] = {"Theirs": "Keyword"}
    assert shop.prunes() == feature.prunes() == []


def test_down_leaves_the_stack_to_those_who_use_it(world: World, shop: Checkout, feature: Checkout) -> None:
    """No data is lost that nobody asked to lose; the last one takes it down."""
    shop.up()
    feature.up()
    report = feature.down()
    assert (report.used_by, report.keeps_data) == ((str(shop.project),), True)
    assert registered(world) == ["orders", "orders-feature"]
    assert shop.stack.is_serving
    report = shop.down()
    assert (report.was_there, report.keeps_data, report.used_by) == (True, True, ())
    assert world.compose.calls == ["launch", "remove"]
    assert world.compose.data == {"shop"}


def test_down_with_volumes_deletes_the_namespaces_of_the_worktree(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """With their endpoints, and what was made by hand; of others nothing. The worktree is forgotten."""
    shop.up()
    feature.up()
    world.gateway.registered["tmp-feature"] = Namespace("tmp-feature")
    assert plan_departure(feature.stack).namespaces == ("orders-feature", "tmp-feature")
    report = feature.down(volumes=True)
    assert report.namespaces_deleted == ("orders-feature", "tmp-feature")
    assert registered(world) == ["orders"]
    assert list(world.gateway.nexus) == ["orders"]
    assert [each.suffix for each in shop.stack.members] == [""]
    assert shop.stack.is_serving


def test_data_of_a_worktree_that_is_down_outlives_the_down_of_the_last(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """`--volumes` deletes what is the last one's; only where nobody else has a namespace does all data go."""
    shop.up()
    feature.up()
    shop.down()
    report = feature.down(volumes=True)
    assert (report.was_there, report.keeps_data) == (True, True)
    assert registered(world) == ["orders"]
    shop.up()
    report = shop.down(volumes=True)
    assert (report.keeps_data, report.deleted) == (False, ("Docker volumes",))
    assert not world.store.directory("shop").exists()


def test_a_namespace_that_is_declared_no_more_is_still_data(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Until it is deleted, it keeps the data of the stack."""
    shop.up()
    feature.up()
    shop.up(shop.desired({}, settings={"namespace": "default"}))
    assert {each.suffix: each.namespaces for each in shop.stack.members}[""] == ("orders",)
    shop.down()
    assert feature.down(volumes=True).keeps_data
    assert registered(world) == ["orders"]


def test_without_a_server_nobody_can_delete_part_of_the_data(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Nothing is changed, and the way out is said."""
    shop.up()
    feature.up()
    shop.down()
    feature.down()
    with pytest.raises(NotRunningError) as caught:
        feature.down(volumes=True)
    assert "devenv up" in caught.value.hint
    assert world.compose.data == {"shop"}
    assert [each.suffix for each in shop.stack.members] == ["feature", ""]


def test_values_for_namespaces_are_in_effect_side_by_side(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Those of one are no drift to the other; they go with the namespaces."""

    def limits(value: int) -> DynamicConfig:
        return DynamicConfig((entry("limit", value, "orders"), entry("all", 1)))

    shop.up(shop.desired(config=limits(10)))
    feature.up(feature.desired(config=limits(20)))
    in_effect = {
        tuple(each.constraints.values()): each.value for each in config_in_effect(shop.stack).entries
    }
    assert in_effect == {("orders",): 10, ("orders-feature",): 20, (): 1}
    assert plan_stack(shop.stack, shop.desired(config=limits(10)), prune=True) == []
    assert apply_config(shop.stack, shop.desired(config=limits(11))).changed_keys == ["limit"]
    feature.down(volumes=True)
    left = {tuple(each.constraints.values()): each.value for each in config_in_effect(shop.stack).entries}
    assert left == {("orders",): 11, (): 1}
    assert world.compose.calls == ["launch"]


@pytest.mark.parametrize(
    ("settings", "config", "words"),
    [
        ({"durability": "fast"}, (), ['`durability` is "fast" here, and "safe" in']),
        ({"ports": {"grpc": 1234}}, (), ["`ports.grpc` is 1234 here, and not written in"]),
        ({"versions": {"temporal": "1.31.2"}}, (), ['`versions.temporal` is "1.31.2" here']),
        ({"ui": {"public_path": "/t"}}, (), ['`ui.public_path` is "/t" here']),
        ({}, (entry("rps", 5),), ["dynamic config rps is 5 here, and not written", "rps.yaml:1:1: "]),
        ({}, (entry("rps", 5, "default"),), ["dynamic config rps namespace=default is 5 here"]),
    ],
)
def test_what_belongs_to_the_stack_is_not_changed_under_another(
    world: World,
    shop: Checkout,
    feature: Checkout,
    settings: dict[str, object],
    config: tuple[Entry, ...],
    words: list[str],
) -> None:
    """The error has both sides, and nothing was touched."""
    shop.up()
    other = feature.desired(settings=settings, config=DynamicConfig(config))
    with pytest.raises(SharedStackError) as caught:
        feature.up(other)
    assert caught.value.exit_code == 3
    assert all(word in caught.value.message for word in [*words, str(shop.project)])
    assert f"devenv down` in {shop.project}" in caught.value.hint
    assert (world.compose.calls, registered(world)) == (["launch"], ["orders"])
    assert not is_user(feature.stack)


def test_once_nobody_else_uses_it_the_stack_can_be_changed(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """Who comes back then is told so, in its turn."""
    shop.up()
    feature.up()
    shop.down()
    feature.up(feature.desired(settings={"durability": "fast"}))
    assert world.compose.calls == ["launch", "launch"]
    with pytest.raises(SharedStackError, match="durability"):
        shop.up()


def test_after_a_stack_was_down_whoever_brings_it_up_decides(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """The machine was started again: of the others nobody uses what is not there."""
    shop.up()
    world.compose.stop(shop.stack.identity)
    feature.up(feature.desired(settings={"durability": "fast"}))
    assert not is_user(shop.stack)
    feature.up(feature.desired(settings={"durability": "fast"}))


def test_config_apply_changes_nothing_of_all_under_another(shop: Checkout, feature: Checkout) -> None:
    """As `up`."""
    shop.up()
    feature.up()
    with pytest.raises(SharedStackError, match="rps"):
        apply_config(feature.stack, feature.desired(config=DynamicConfig((entry("rps", 5),))))
    shop.down()
    apply_config(feature.stack, feature.desired(config=DynamicConfig((entry("rps", 5),))))
    with pytest.raises(SharedStackError, match="rps"):
        shop.up()


def test_another_engine_is_not_chosen_under_another(world: World, shop: Checkout, feature: Checkout) -> None:
    """`auto` goes with what runs, an option does not."""
    shop.up()
    with pytest.raises(SharedStackError, match="on the compose engine, and embedded was asked for"):
        feature.up(feature.desired(settings={"engine": "embedded"}))
    assert world.embedded.calls == []


def test_data_is_not_replaced_under_another(world: World, shop: Checkout, feature: Checkout) -> None:
    """It would replace the data of both; the namespaces of one are saved before they are deleted."""
    shop.up()
    feature.up()
    leave(feature.stack, volumes=True, saves_data=True)
    [saved] = list_snapshots(world.deps)
    snapshot, [backup, *_] = world.store.snapshots.load(saved.name), read_backups(TWO)
    for request in (UpRequest(snapshot=snapshot), UpRequest(recovery=RecoveryPlan(backup))):
        with pytest.raises(SharedStackError, match=f"{shop.project} uses the stack"):
            bring_up(feature.stack, feature.desired(), request)


def test_a_name_that_another_worktree_has_is_refused(world: World, shop: Checkout, feature: Checkout) -> None:
    """The main worktree may call a namespace as a suffix makes it."""
    shop.up(shop.desired({"namespaces": [{"name": "orders"}, {"name": "orders-feature"}]}))
    with pytest.raises(SharedStackError, match=f"{shop.project} has the namespace orders-feature"):
        feature.up()
    assert "orders-feature" not in {*feature.prunes()}
    assert registered(world) == ["orders", "orders-feature"]


def test_a_worktree_whose_up_failed_does_not_use_the_stack(
    world: World, shop: Checkout, feature: Checkout
) -> None:
    """It would keep the stack up for nobody; one that used it before does so still."""
    shop.up()
    world.gateway.refused = {"orders-feature"}
    with pytest.raises(ApplyIncompleteError):
        feature.up()
    assert not is_user(feature.stack)
    world.gateway.refused = set()
    feature.up()
    world.gateway.refused = {"more-feature"}
    with pytest.raises(ApplyIncompleteError):
        feature.up(feature.desired({"namespaces": [{"name": "orders"}, {"name": "more"}]}))
    assert is_user(feature.stack)
