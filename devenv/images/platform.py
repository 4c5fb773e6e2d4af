"""Whether Docker takes the local images for those of this kind of machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import WrongPlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.images.catalog import ImageFamily
    from devenv.images.store import ImageStore

VARIABLE = "DOCKER_DEFAULT_PLATFORM"
_OTHER_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


def check_platform(family: ImageFamily, store: ImageStore, environment: Mapping[str, str]) -> None:
    """Return if Docker would run the local images of `family`, whatever platform is its default.

    Raises:
        WrongPlatformError: The variable that sets the default names another platform.
    """
    wanted = environment.get(VARIABLE)
    if not wanted:
        return
    for image in family.images:
        found = store.platform_of(image.ref)
        if not _words(wanted) <= set(found.split("/")):
            raise WrongPlatformError(wanted, image.ref, found)


def _words(platform: str) -> set[str]:
    """Return the system and the processor that a platform names; it may name one of them only."""
    # A variant, as in linux/arm64/v8, is not compared: every image that is here runs on this machine.
    return {_OTHER_NAMES.get(word, word) for word in platform.lower().split("/")[:2]}
