"""What a snapshot promises, kept by the embedded engine with the real development server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from suites.snapshots import Projects, SnapshotSuite

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="class")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projects]:
    """Yield two projects, the first of which is up; their user has these snapshots alone."""
    directory = tmp_path_factory.mktemp("snapshots").resolve()
    # Nothing here may need an engine: where it looks, there is none.
    made = Projects.make(
        directory, 'engine = "embedded"\n', {"DOCKER_HOST": f"unix://{directory}/no-engine.sock"}
    )
    try:
        made.source.answer("up")
        yield made
    finally:
        made.remove()


class TestEmbeddedSnapshots(SnapshotSuite):
    """With SQLite."""
