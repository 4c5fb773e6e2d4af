"""`compose/stack.yaml` is an ordinary Compose file: it works without devenv."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from e2e.command_line import PROGRAMS
from e2e.image_contracts_fixtures import image_family, versions
from e2e.polling import eventually
from e2e.stacks import REPOSITORY
from e2e.workflows import found_by, start_workflow

from devenv.engines.ports import any_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.images.catalog import ImageFamily

__all__ = ["image_family", "versions"]

pytestmark = pytest.mark.stack

PROJECT = "devenv-e2e-plain"
COMPOSE = ("docker", "compose", "-f", str(REPOSITORY / "compose" / "stack.yaml"), "-p", PROJECT)
IMAGES = {
    "postgres": "POSTGRES_IMAGE",
    "opensearch": "OPENSEARCH_IMAGE",
    "temporal": "TEMPORAL_SERVER_IMAGE",
    "admin-tools": "TEMPORAL_ADMIN_TOOLS_IMAGE",
    "ui": "TEMPORAL_UI_IMAGE",
}


@pytest.fixture
def environment(image_family: ImageFamily) -> Iterator[dict[str, str]]:
    """Name the images that are here, and free ports; remove what was made of them."""
    images = {variable: image_family.refs[name] for name, variable in IMAGES.items()}
    ports = {name: str(any_free()) for name in ("GRPC_PORT", "UI_PORT", "HTTP_PORT")}
    environment = {**os.environ, **images, **ports}
    yield environment
    _compose(environment, "down", "--volumes", "--timeout=5")
    assert engine_view.everything(f"com.docker.compose.project={PROJECT}") == []


def test_up_without_devenv(environment: dict[str, str]) -> None:
    """All it takes is images and ports: the usual ones could be somebody's."""
    _compose(environment, "up", "--detach", "--pull=never", "--quiet-pull")
    address = f"127.0.0.1:{environment['GRPC_PORT']}"
    eventually(lambda: _make_namespace(environment), within_s=60)
    started = eventually(lambda: start_workflow(address, "plain"), within_s=60)
    assert eventually(lambda: found_by(address, "plain", ""), within_s=60) == [started]


def _make_namespace(environment: dict[str, str]) -> bool:
    address = f"127.0.0.1:{environment['GRPC_PORT']}"
    command = [str(PROGRAMS / "temporal"), "operator", "namespace", "create", "-n", "plain"]
    done = subprocess.run([*command, "--address", address], env=environment, capture_output=True, check=False)
    return done.returncode == 0


def _compose(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [*COMPOSE, *arguments], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
