"""The contract of engines, kept by the embedded one with the real development server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from suites.engine_contract import EngineContract, Subject

from devenv.engines.embedded import make_engine
from devenv.project.state import StackStore

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="class")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """Return its stack; whatever became of it is gone afterwards."""
    directory = tmp_path_factory.mktemp("embedded")
    made = Subject.of(make_engine(StackStore(directory / "stacks")), directory)
    yield made
    made.engine.remove(made.stack, volumes=True)


class TestEmbeddedEngine(EngineContract):
    """With SQLite."""
