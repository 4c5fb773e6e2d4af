"""What the stack relies on in the image of the Web UI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import READ_ONLY, START_TIMEOUT_S, image_config

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.container_runs import ContainerRuns

    from devenv.images.catalog import ImageFamily

pytestmark = pytest.mark.stack


class TestUi:
    """The Web UI: its configuration is a file that can be replaced."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["ui"]

    def test_it_says_how_it_is_started(self, image: str) -> None:
        config = image_config(image)
        assert config["WorkingDir"] == "/home/ui-server"
        assert config["Entrypoint"] == ["./start-ui-server.sh"]
        assert "8080/tcp" in config["ExposedPorts"]

    def test_it_runs_as_1000(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(
            image, "-c", "id -u; ls ./ui-server ./config/docker.yaml", flags=("--entrypoint=sh",)
        )
        assert finished.output.split()[0] == "1000"
        assert finished.exit_code == 0

    def test_it_is_healthy_with_a_configuration_of_ours(
        self, image: str, containers: ContainerRuns, tmp_path: Path
    ) -> None:
        config = tmp_path / "docker.yaml"
        config.write_text(
            "temporalGrpcAddress: 127.0.0.1:7233\nhost: 127.0.0.1\nport: 8123\nenableUi: true\n"
        )
        config.chmod(0o644)
        mount = f"--volume={config}:/home/ui-server/config/docker.yaml:ro"
        container = containers.start(image, flags=(*READ_ONLY, mount))
        probe = ("wget", "-q", "-O", "-", "http://127.0.0.1:8123/healthz")
        container.wait_until(lambda: container.execute(*probe).exit_code == 0, timeout_s=START_TIMEOUT_S)
        assert json.loads(container.output(*probe)) == {"status": "OK"}
