"""The committed catalog of dynamic config settings, against the server's own Go packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv.dynamicconfig.catalog.load import covered_versions, load_catalog
from tools.catalog.generate import FILE, versions
from tools.catalog.go_module import find_go
from tools.catalog.merge import merge
from tools.catalog.server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Server]:
    """Build the programs of tools/catalog once per version.

    Made before the home of a single test, it finds the caches of Go in the real one.
    """
    go = find_go()
    return {version: Server(go, version, tmp_path_factory.mktemp("server")) for version in versions()}


@pytest.fixture(scope="module")
def registries(servers: Mapping[str, Server]) -> dict[str, Any]:
    return {version: server.settings() for version, server in servers.items()}


def test_the_committed_catalog_is_what_the_servers_say(registries: Mapping[str, Any]) -> None:
    """After a change of a version: `just catalog`."""
    assert merge(registries) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", covered_versions())
def test_a_program_that_links_the_server_counts_as_many_keys(
    servers: Mapping[str, Server], version: str
) -> None:
    settings = load_catalog(version).settings
    said = servers[version].prove(list(settings))
    assert f"the catalog has {len(settings)} keys, the registry has {len(settings)}" in said


def test_the_analysis_of_reads_is_right_about_a_small_server(servers: Mapping[str, Server]) -> None:
    assert "--- PASS: TestEverySettingIsReadWhenItsNameSays" in servers[versions()[-1]].test_analysis()
