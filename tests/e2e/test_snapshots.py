"""What a snapshot promises, kept by the compose engine with both visibility stores (`just snapshots`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from e2e.command_line import Cli
from suites.snapshots import SnapshotSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack


@pytest.fixture(scope="class")
def cli(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Yield a project with the settings of the class, whose stack is up; with it goes the user."""
    directory = tmp_path_factory.mktemp("snapshots").resolve()
    home, project = directory / "home", directory / "kept"
    home.mkdir()
    project.mkdir()
    (project / "devenv.toml").write_text(f'engine = "compose"\ntimeout = "10m"\n{request.cls.SETTINGS}')
    made = Cli(project, home, {"TEMPORAL_DEVENV_ANY_PORT": "1"})
    try:
        made.answer("up")
        yield made
    finally:
        for stack in ((), ("-s", "copy")):
            made.run(*stack, "down", "--volumes", "--yes")
        engine_view.remove_everything(f"{engine_view.LABEL}.project={project}")


class TestWithOpenSearch(SnapshotSuite):
    """Workflows are listed in OpenSearch."""

    SETTINGS = ""


class TestWithPostgres(SnapshotSuite):
    """Workflows are listed in Postgres, which is told that no power cut comes."""

    SETTINGS = 'visibility = "postgres"\ndurability = "fast"\n'
