"""Dynamic config of tests: given to a server, and looked for there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fakes.world import make_desired

from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.dynamicconfig.render import render, without_revision
from devenv.stack.config_apply import apply_config
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World

    from devenv.stack.config_apply import AppliedConfig
    from devenv.stack.desired import Desired


def config(**values: object) -> DynamicConfig:
    """Return a config of unconstrained values, each under the key of its name."""
    return DynamicConfig(
        tuple(Entry(key, value, {}, f"{key}.yaml:1:1", "layer") for key, value in values.items())
    )


def desired(**values: object) -> Desired:
    return make_desired(dynamic_config=config(**values))


def up(world: World, **values: object) -> None:
    bring_up(world.stack(), desired(**values), UpRequest())


def apply(world: World, **values: object) -> AppliedConfig:
    return apply_config(world.stack(), desired(**values))


def uses(world: World, **values: object) -> bool:
    """Tell whether the server uses exactly these values now."""
    return without_revision(world.server.text or "") == render(config(**values))


def holds(world: World, **values: object) -> bool:
    """Tell whether the file that the server reads has exactly these values."""
    return without_revision(world.server.path.read_text()) == render(config(**values))


def let_pass(world: World, seconds: float) -> None:
    """Let time pass in small steps, so that what happens in it happens at its own time."""
    for _ in range(round(seconds / 0.1)):
        world.clock.sleep(0.1)


def edit_by_hand(world: World, text: str) -> None:
    """Write the file that the server reads, later than anything that was written in this fast test."""
    modified = world.server.path.stat().st_mtime_ns
    world.server.path.write_text(text)
    os.utime(world.server.path, ns=(modified + 1, modified + 1))
