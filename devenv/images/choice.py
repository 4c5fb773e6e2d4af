"""Chooses between the official images and the stand-ins: one family for the whole stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import ImageUnavailableError, WrongPlatformError
from devenv.images.catalog import official_family, stand_in_family, with_addons

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from devenv.images.catalog import ImageFamily, ImageRef, Kind
    from devenv.images.store import ImageStore
    from devenv.project.addon_toml import Addon

VARIABLE = "DOCKER_DEFAULT_PLATFORM"
_OTHER_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class ImageChoice:
    """The family a stack runs on, and which of its images have to be pulled first."""

    family: ImageFamily
    to_pull: tuple[ImageRef, ...] = ()


@dataclass(frozen=True)
class Candidates:
    """Both families of the wanted versions, and the references that are local."""

    official: ImageFamily
    stand_ins: ImageFamily
    present: Collection[str]

    def is_complete(self, family: ImageFamily) -> bool:
        """Whether every image of `family` is local."""
        return not family.missing(self.present)


def choose_images(
    candidates: Candidates, *, recorded: Kind | None = None, pull: bool = False, offline: bool = False
) -> ImageChoice:
    """Return the family to run on.

    A stack with data keeps the family `recorded` for it. Otherwise the official images if they are all
    local, else the stand-ins if they are, else the official ones after a pull. `pull` fetches official
    images although they are local; `offline` never asks a registry and wins over `pull`.

    Raises:
        ImageUnavailableError: Nothing complete is local, and what is missing may not or cannot be pulled.
    """
    family = _family(candidates, recorded, pull=pull, offline=offline)
    if family.kind == "official" and pull and not offline:
        return ImageChoice(family, family.images)
    missing = family.missing(candidates.present)
    if missing and (offline or family.kind == "stand-in"):
        raise _unavailable(missing, offline=offline)
    return ImageChoice(family, missing)


def _family(candidates: Candidates, recorded: Kind | None, *, pull: bool, offline: bool) -> ImageFamily:
    official, stand_ins = candidates.official, candidates.stand_ins
    if recorded is not None:
        return stand_ins if recorded == "stand-in" else official
    if offline:
        # If both are incomplete, the error about the one with fewer missing images says more.
        return min(official, stand_ins, key=lambda family: len(family.missing(candidates.present)))
    if not pull and not candidates.is_complete(official) and candidates.is_complete(stand_ins):
        return stand_ins
    return official


def _unavailable(missing: tuple[ImageRef, ...], *, offline: bool) -> ImageUnavailableError:
    first, *others = missing
    evidence = [f"missing too: {image.ref}" for image in others]
    evidence += reasons_not_to_pull(first, offline=offline)
    return ImageUnavailableError(first.ref, setting=first.setting, evidence=evidence)


def reasons_not_to_pull(image: ImageRef, *, offline: bool) -> list[str]:
    """Return why a missing `image` is not to be had from a registry; nothing if it may be."""
    if image.kind == "stand-in":
        return ["stand-ins are built on this machine; no registry has them"]
    return ["`--offline` forbids to pull it"] if offline else []


def find_images(versions: Mapping[str, str], store: ImageStore, addons: Sequence[Addon] = ()) -> Candidates:
    """Return both families of `versions` and `addons`, and which of their images are local."""
    official = with_addons(official_family(versions), addons)
    stand_ins = with_addons(stand_in_family(versions), addons)
    present = store.present(image.ref for image in (*official.images, *stand_ins.images))
    return Candidates(official, stand_ins, present)


def local_family(versions: Mapping[str, str], store: ImageStore) -> ImageFamily:
    """Return the family whose images are all local, preferably the official one.

    Raises:
        ImageUnavailableError: Neither is complete.
    """
    return choose_images(find_images(versions, store), offline=True).family


def check_platform(family: ImageFamily, store: ImageStore, environment: Mapping[str, str]) -> None:
    """Check that Docker would run the local images of `family` on its default platform.

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
    """Return the operating system and architecture of a platform; it may name only one of them."""
    # Ignore a variant, as in linux/arm64/v8: every local image runs on this machine.
    return {_OTHER_NAMES.get(word, word) for word in platform.lower().split("/")[:2]}
