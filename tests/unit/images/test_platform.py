"""Docker's default platform against the local images."""

from __future__ import annotations

import pytest
from fakes.images import FakeImageStore

from devenv.errors import WrongPlatformError
from devenv.images.catalog import official_family
from devenv.images.choice import check_platform
from devenv.project.settings import Settings

FAMILY = official_family(Settings().stack_versions)
STORE = FakeImageStore(local={image.ref for image in FAMILY.images})


@pytest.mark.parametrize("wanted", ["linux/arm64", "linux/arm64/v8", "arm64", "windows/amd64", "LINUX/ARM64"])
def test_another_platform_is_an_error_that_names_the_variable(wanted: str) -> None:
    """Exit code 4, with the image and what it is."""
    with pytest.raises(WrongPlatformError) as caught:
        check_platform(FAMILY, STORE, {"DOCKER_DEFAULT_PLATFORM": wanted})
    assert caught.value.exit_code == 4
    assert f"DOCKER_DEFAULT_PLATFORM={wanted}" in caught.value.message
    assert "linux/amd64" in caught.value.message
    assert "unset DOCKER_DEFAULT_PLATFORM" in caught.value.hint


@pytest.mark.parametrize("wanted", ["", "linux/amd64", "linux", "amd64", "linux/x86_64", "linux/amd64/v2"])
def test_the_platform_of_the_images_is_none(wanted: str) -> None:
    """However it is written."""
    check_platform(FAMILY, STORE, {"DOCKER_DEFAULT_PLATFORM": wanted})
    check_platform(FAMILY, STORE, {})
