"""What the stack relies on in the images of the Temporal server and of its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import READ_ONLY, image_config

from devenv.project.versions import shipped_components

if TYPE_CHECKING:
    from e2e.container_runs import ContainerRuns

    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Versions

pytestmark = pytest.mark.stack


class TestServer:
    """The Temporal server: a binary and an entrypoint, and no configuration."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["temporal"]

    def test_the_command_is_the_entrypoint_script(self, image: str) -> None:
        config = image_config(image)
        assert not config.get("Entrypoint")
        assert config["Cmd"] == ["/etc/temporal/entrypoint.sh"]
        assert config["WorkingDir"] == "/etc/temporal"

    def test_it_runs_as_1000(self, image: str, containers: ContainerRuns) -> None:
        assert containers.run(image, "sh", "-c", "id -u; id -g").output.split() == ["1000", "1000"]

    def test_it_is_the_version_that_was_asked_for(
        self, image: str, versions: Versions, containers: ContainerRuns
    ) -> None:
        finished = containers.run(image, "temporal-server", "--version", flags=READ_ONLY)
        assert finished.output.strip().endswith(versions.model_dump()["temporal"])

    def test_without_configuration_it_says_what_is_missing(
        self, image: str, containers: ContainerRuns
    ) -> None:
        finished = containers.run(image, flags=READ_ONLY)
        assert finished.is_refusal
        assert "Unable to load configuration" in finished.output

    def test_a_port_can_be_probed(self, image: str, containers: ContainerRuns) -> None:
        """The health check of the stack is `nc -z`."""
        probes = "nc -z 127.0.0.1 7233; echo $?; command -v wget getent"
        assert containers.run(image, "sh", "-c", probes).output.split()[0] == "1"


class TestAdminTools:
    """The tools that make the schema and the index."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["admin-tools"]

    def test_it_runs_as_1000_on_a_read_only_root(self, image: str, containers: ContainerRuns) -> None:
        assert containers.run(image, "id", "-u", flags=READ_ONLY).output.strip() == "1000"

    @pytest.mark.parametrize("tool", ["temporal", "tdbg", "temporal-sql-tool", "temporal-elasticsearch-tool"])
    def test_a_tool_is_there(self, image: str, containers: ContainerRuns, tool: str) -> None:
        assert containers.run(image, f"/usr/local/bin/{tool}", "--help").exit_code == 0

    def test_the_schema_is_there(self, image: str, containers: ContainerRuns) -> None:
        schemas = ("postgresql/v12/temporal/versioned", "elasticsearch/visibility")
        paths = [f"/etc/temporal/schema/{schema}" for schema in schemas]
        assert containers.run(image, "ls", "-d", *paths).exit_code == 0

    def test_the_cli_is_the_one_that_devenv_ships(
        self, image: str, image_family: ImageFamily, containers: ContainerRuns
    ) -> None:
        if image_family.kind == "official":
            pytest.skip("the official image chooses its own CLI")
        finished = containers.run(image, "temporal", "--version")
        assert f"temporal version {shipped_components()['cli'].default} " in finished.output

    def test_left_alone_it_waits_to_be_told(self, image: str, containers: ContainerRuns) -> None:
        assert containers.start(image).output("pwd") == "/"
