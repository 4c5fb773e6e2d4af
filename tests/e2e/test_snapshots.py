"""What a snapshot promises, kept by the compose engine with both visibility stores (`just snapshots`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from e2e.command_line import Cli
from suites.snapshots import SnapshotSuite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.stack


def _project(directory: Path, settings: str) -> Iterator[Cli]:
    home, project = directory / "home", directory / "kept"
    home.mkdir()
    project.mkdir()
    (project / "devenv.toml").write_text(f'engine = "compose"\ntimeout = "10m"\n{settings}')
    made = Cli(project, home)
    try:
        made.answer("up", "--any-port")
        yield made
    finally:
        for stack in ((), ("-s", "copy")):
            made.run(*stack, "down", "--volumes", "--yes")
        engine_view.remove_everything(f"{engine_view.LABEL}.project={project}")


class TestWithOpenSearch(SnapshotSuite):
    """Workflows are listed in OpenSearch."""

    @pytest.fixture(scope="class")
    def cli(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
        """Yield a project whose stack is up."""
        yield from _project(tmp_path_factory.mktemp("opensearch").resolve(), "")


class TestWithPostgres(SnapshotSuite):
    """Workflows are listed in Postgres."""

    @pytest.fixture(scope="class")
    def cli(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
        """Yield a project whose stack is up."""
        directory = tmp_path_factory.mktemp("postgres").resolve()
        yield from _project(directory, 'visibility = "postgres"\ndurability = "fast"\n')
