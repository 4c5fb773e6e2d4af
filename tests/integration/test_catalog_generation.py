"""The committed catalog of dynamic config settings, against the server's own Go packages."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.catalog.model import read_data
from devenv.project.versions import shipped_components
from tools.catalog.answers import Answers, digest_of_sources
from tools.catalog.generate import versions
from tools.catalog.go_module import find_go
from tools.catalog.merge import merge
from tools.catalog.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.catalog.go_module import Go

pytestmark = pytest.mark.toolchain

# To build with a server takes minutes. That the file was made by these programs for all versions, a unit test
# tells; what a server says now is asked of the default one, and of all by `just verify-catalog`.
VERSIONS_VARIABLE = "TEMPORAL_DEVENV_TEST_CATALOG"
ASKS_ALL = os.environ.get(VERSIONS_VARIABLE) == "all"
ASKED = versions() if ASKS_ALL else [shipped_components()["temporal"].default]


class Programs:
    """What the programs of tools/catalog say; where that is not known, they are built below `directory`."""

    def __init__(self, go: Go, directory: Path) -> None:
        self._go = go
        self._directory = directory
        self._answers = Answers(go("version", directory=directory))
        self._servers: dict[str, Server] = {}

    def settings(self, version: str) -> Any:
        return self._answers.recall(f"settings {version}", lambda: self._server(version).settings())

    def prove(self, version: str, keys: Sequence[str]) -> str:
        question = f"prove {version} {' '.join(keys)}"
        return str(self._answers.recall(question, lambda: self._server(version).prove(keys)))

    def test_analysis(self, version: str) -> str:
        return str(self._answers.recall("analysis", lambda: self._server(version).test_analysis()))

    def _server(self, version: str) -> Server:
        if version not in self._servers:
            directory = self._directory / version
            directory.mkdir()
            self._servers[version] = Server(self._go, version, directory)
        return self._servers[version]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """Made before the home of a single test, they find the caches of Go and of devenv in the real one."""
    return Programs(find_go(), tmp_path_factory.mktemp("servers"))


@pytest.mark.parametrize("version", ASKED)
def test_the_committed_catalog_is_what_the_server_says(programs: Programs, version: str) -> None:
    """After a change of a version: `just catalog`."""
    fresh = json.loads(merge({version: programs.settings(version)}, digest_of_sources()))
    assert fresh["settings"] == _committed(version)
    assert fresh["constraint_sets"] == read_data()["constraint_sets"]


def _committed(version: str) -> list[dict[str, Any]]:
    """Return the records of one version, as a catalog of that version alone has them."""
    records = (record for record in read_data()["settings"] if version in record.get("versions", (version,)))
    return [{name: value for name, value in record.items() if name != "versions"} for record in records]


@pytest.mark.parametrize("version", ASKED)
def test_a_program_that_links_the_server_counts_as_many_keys(programs: Programs, version: str) -> None:
    settings = load_catalog(version).settings
    said = programs.prove(version, list(settings))
    assert f"the catalog has {len(settings)} keys, the registry has {len(settings)}" in said


def test_the_analysis_of_reads_is_right_about_a_small_server(programs: Programs) -> None:
    said = programs.test_analysis(versions()[-1])
    assert "--- PASS: TestEverySettingIsReadWhenItsNameSays" in said
