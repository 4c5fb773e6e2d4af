"""What a snapshot promises, kept by the embedded engine with the real development server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli
from suites.snapshots import SnapshotSuite

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="class")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Yield a project whose stack is up; with it goes the user whose snapshots these are."""
    home = tmp_path_factory.mktemp("home").resolve()
    project = tmp_path_factory.mktemp("projects").resolve() / "kept"
    project.mkdir()
    (project / "devenv.toml").write_text('engine = "embedded"\n')
    # Nothing here may need an engine: where it looks, there is none.
    variables = {"DOCKER_HOST": f"unix://{home}/no-engine.sock", "TEMPORAL_DEVENV_ANY_PORT": "1"}
    made = Cli(project, home, variables)
    try:
        made.answer("up")
        yield made
    finally:
        for stack in ((), ("-s", "copy")):
            made.run(*stack, "down", "--volumes", "--yes")


class TestEmbeddedSnapshots(SnapshotSuite):
    """With SQLite."""
