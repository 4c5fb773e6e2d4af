from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static
from fakes.world import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a machine with nothing on it."""
    return World(tmp_path)


@pytest.fixture
def shop(world: World) -> World:
    """Return a world whose project has the example."""
    add_static(world.stack().project)
    return world
