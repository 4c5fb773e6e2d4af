"""Stacks with add-ons, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fakes.addons import add_static
from fakes.world import make_desired

from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fakes.world import World

    from devenv.project.state import StackRecord
    from devenv.stack.report import StackReport


ON = {"addons": {"static": True}}


def up(
    world: World, settings: Mapping[str, object] | None = None, *, any_port: bool = False, **switched: bool
) -> StackReport:
    request = UpRequest(addons=switched, any_port=any_port)
    return bring_up(world.stack(), make_desired(settings=settings), request)


def record(world: World) -> StackRecord:
    found = world.store.load("shop")
    assert found is not None
    return found


def ship(world: World, name: str = "static", **replaced: str) -> Path:
    """Have devenv ship the example, changed by what is `replaced`; return its folder."""
    return add_static(world.shipped.parents[1], name, **replaced)


def launched(world: World) -> dict[str, dict[str, object]]:
    """Return the services of the Compose file that the stack was launched from."""
    services = json.loads((world.store.directory("shop") / "launch.json").read_text())["services"]
    assert isinstance(services, dict)
    return services
