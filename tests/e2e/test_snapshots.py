"""What a snapshot promises, kept by the compose engine with both visibility stores (`just snapshots`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from suites.snapshots import Projects, SnapshotSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack


@pytest.fixture(scope="class")
def projects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projects]:
    """Yield two projects with the settings of the class, the first of which is up."""
    directory = tmp_path_factory.mktemp("snapshots").resolve()
    settings = f'engine = "compose"\ntimeout = "10m"\n{request.cls.SETTINGS}'
    made = Projects.make(directory, settings, {})
    try:
        made.source.answer("up")
        yield made
    finally:
        made.remove()
        for cli in (made.source, made.copy):
            engine_view.remove_everything(f"{engine_view.LABEL}.project={cli.project}")


class TestWithOpenSearch(SnapshotSuite):
    """Workflows are listed in OpenSearch."""

    SETTINGS = ""


class TestWithPostgres(SnapshotSuite):
    """Workflows are listed in Postgres, which is told that no power cut comes."""

    SETTINGS = 'visibility = "postgres"\ndurability = "fast"\n'
