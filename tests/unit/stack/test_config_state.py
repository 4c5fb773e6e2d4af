"""What is known of the last delivery of dynamic config: by an older devenv, too, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from unit.stack.deliveries import apply, config, edit_by_hand, let_pass, up, uses

from devenv.dynamicconfig.render import render

if TYPE_CHECKING:
    from fakes.world import World


def forget_state(world: World) -> None:
    (world.store.directory("shop") / "dynamicconfig.json").unlink()


def keep_old_state(
    world: World, in_effect: str, *, at_start: str | None = None, pending: str | None = None
) -> None:
    """Have on disk what an older devenv kept of a server that reads its file; that had no revision."""
    forget_state(world)
    directory = world.store.directory("shop")
    (directory / "dynamicconfig").mkdir()
    (directory / "dynamicconfig" / "in-effect.yaml").write_text(in_effect)
    (directory / "dynamicconfig-at-start").mkdir()
    (directory / "dynamicconfig-at-start" / "at-start.yaml").write_text(at_start or in_effect)
    server = next(each for each in world.compose.services(world.stack().identity) if each.name == "temporal")
    start = {"at": server.started_at.isoformat() if server.started_at else None}
    (directory / "dynamicconfig-start.json").write_text(json.dumps(start))
    if pending is not None:
        note = {"text": pending, "mark": "0", "is_next": True}
        (directory / "dynamicconfig-pending.json").write_text(json.dumps(note))
    edit_by_hand(world, in_effect if pending is None else pending)
    let_pass(world, 6)


def test_what_an_older_devenv_knew_is_known(world: World) -> None:
    """Nothing is written where nothing changed; a change is told from what its files say is in effect."""
    up(world, a=1)
    keep_old_state(world, render(config(a=1)))
    began = world.clock.now()
    up(world, a=1)
    assert apply(world, a=1).seconds is None
    assert world.clock.now() - began < 1
    (change,) = apply(world, a=2).changes
    assert change.before is not None
    assert change.after is not None
    assert (change.before.value, change.after.value) == (1, 2)
    assert uses(world, a=2)
    left = {each.name for each in world.store.directory("shop").glob("dynamicconfig*")}
    assert left == {"dynamicconfig.json"}


def test_what_a_server_read_at_its_start_is_kept_of_an_older_devenv(world: World) -> None:
    """So is what waits for its next start."""
    key = "frontend.keepAliveTime"
    up(world, **{key: 1})
    keep_old_state(world, render(config(**{key: 2})), at_start=render(config(**{key: 1})))
    assert apply(world, **{key: 2}).after_restart == (key,)
    assert apply(world, **{key: 1}).after_restart == ()


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_an_unfinished_delivery_of_an_older_devenv_is_confirmed(world: World, wanted: int) -> None:
    """Whatever the server has taken meanwhile: no answer names the revision of a file that has none."""
    up(world, a=1)
    keep_old_state(world, render(config(a=1)), pending=render(config(a=2)))
    assert apply(world, a=wanted).seconds is not None
    assert uses(world, a=wanted)
    assert apply(world, a=wanted).seconds is None


def test_a_stack_of_which_nothing_is_known_is_confirmed_once(world: World) -> None:
    """The file counts as what was in effect, and is confirmed."""
    up(world, a=1)
    forget_state(world)
    applied = apply(world, a=1)
    assert applied.changes == ()
    assert applied.seconds is not None
    assert apply(world, a=1).seconds is None


@pytest.mark.parametrize("text", ["{", "[]", '{"in_effect": 1}', '{"of a newer devenv": 1}'])
def test_a_damaged_state_costs_a_confirmation(world: World, text: str) -> None:
    """It is no reason to fail, and none to believe anything."""
    up(world, a=1)
    (world.store.directory("shop") / "dynamicconfig.json").write_text(text)
    assert apply(world, a=1).seconds is not None
    assert uses(world, a=1)
    assert apply(world, a=1).seconds is None
