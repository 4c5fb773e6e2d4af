"""The contract of engines, kept by the compose engine with the real stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.command_line import docker_host
from suites.engine_contract import EngineContract, Subject

from devenv.engines.compose import make_engine
from devenv.engines.docker.connection import connect
from devenv.engines.docker.images import DockerImages
from devenv.engines.protocol import DYNAMIC_CONFIG_FILE
from devenv.images.choice import local_family
from devenv.project.settings import Settings
from devenv.project.state import StackStore

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack


@pytest.fixture(scope="class")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """Return its stack, of images that are local; whatever became of it is gone afterwards."""
    directory = tmp_path_factory.mktemp("compose").resolve()
    with pytest.MonkeyPatch.context() as patch:
        # Made before the environment of a test is.
        patch.setenv("DOCKER_HOST", docker_host())
        images = local_family(Settings().stack_versions, DockerImages(connect()))
        store = StackStore(directory / "stacks")
        engine = make_engine(store)
        engine.check_prerequisites()
    made = Subject.of(engine, directory, images)
    store.write_mount(made.stack.name, DYNAMIC_CONFIG_FILE, "{}\n")  # the server ends without one
    yield made
    made.engine.remove(made.stack, volumes=True)


class TestComposeEngine(EngineContract):
    """With Postgres, OpenSearch and the Web UI."""
