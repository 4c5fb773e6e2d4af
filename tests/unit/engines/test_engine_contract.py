"""The contract of engines, kept by the one of the tests that is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.memory_engine import make_engine
from suites.engine_contract import EngineContract, Subject

from devenv.project.state import StackStore
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="class")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """Return its stack, which every test of the suite has."""
    directory: Path = tmp_path_factory.mktemp("memory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENGINES, "memory", "fakes.memory_engine")
        yield Subject.of(make_engine(StackStore(directory / "stacks")), directory)


class TestMemoryEngine(EngineContract):
    """In memory."""
