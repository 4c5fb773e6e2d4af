"""Stacks with add-ons, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.world import make_desired

from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping

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
