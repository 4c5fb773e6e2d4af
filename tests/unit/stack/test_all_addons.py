"""All add-ons that devenv ships, on at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired

from devenv.addons import ShippedAddons, module_of
from devenv.project.builtin import addons_dir
from devenv.stack.addon_plan import plan_addons

if TYPE_CHECKING:
    from fakes.world import World

SHIPPED = addons_dir()
NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/addon.toml"))


@pytest.mark.parametrize("names", [*combinations(NAMES, 2), tuple(NAMES)], ids="-".join)
def test_those_that_devenv_ships_go_together(world: World, names: tuple[str, ...]) -> None:
    """No two have a service, port, image or secret of one name, whatever they add for each other."""
    deps = replace(world.deps, shipped_addons=ShippedAddons(SHIPPED, module_of))
    stack = replace(world.stack(), deps=deps)
    found = plan_addons(stack, make_desired().settings, dict.fromkeys(names, True))
    assert set(names) <= {addon.name for addon in found.on}
