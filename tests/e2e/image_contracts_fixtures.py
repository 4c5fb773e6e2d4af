"""Which images the contract suite runs against."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import ContainerRuns, local_images
from plugins.real_stack import could_not

from devenv.errors import ImageUnavailableError
from devenv.images.catalog import official_family, stand_in_family
from devenv.images.choice import Candidates, choose_images
from devenv.project.settings import Settings, Versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.images.catalog import ImageFamily, Kind

FAMILY_VARIABLE = "TEMPORAL_DEVENV_TEST_IMAGES"
VERSIONS_VARIABLE = "TEMPORAL_DEVENV_TEST_VERSIONS"
KINDS: dict[str, Kind | None] = {"official": "official", "stand-in": "stand-in", "": None}


@pytest.fixture(scope="session")
def versions() -> Versions:
    """The default versions, unless TEMPORAL_DEVENV_TEST_VERSIONS says `postgres=16 temporal=1.31.2`."""
    asked = os.environ.get(VERSIONS_VARIABLE, "").split()
    return Versions(**dict(word.split("=", 1) for word in asked))


@pytest.fixture(scope="session")
def image_family(versions: Versions) -> ImageFamily:
    """The family that TEMPORAL_DEVENV_TEST_IMAGES names, `official` or `stand-in`, else the local one."""
    chosen = Settings(versions=versions).stack_versions
    candidates = Candidates(official_family(chosen), stand_in_family(chosen), local_images())
    try:
        choice = choose_images(candidates, recorded=KINDS[os.environ.get(FAMILY_VARIABLE, "")], offline=True)
    except ImageUnavailableError as error:
        could_not(error.message)
    return choice.family


@pytest.fixture
def containers() -> Iterator[ContainerRuns]:
    """Containers that live as long as the test."""
    runs = ContainerRuns()
    yield runs
    runs.remove_all()


@pytest.fixture(scope="module")
def lasting_containers() -> Iterator[ContainerRuns]:
    """Containers that live as long as the module, for services that take seconds to start."""
    runs = ContainerRuns()
    yield runs
    runs.remove_all()
