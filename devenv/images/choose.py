"""Decides which family of images a stack runs on. Pure: what is local comes in, what to fetch goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import ImageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection

    from devenv.images.catalog import ImageFamily, ImageRef, Kind


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
        # Of two that are incomplete, the one that lacks less tells the user more.
        return min(official, stand_ins, key=lambda family: len(family.missing(candidates.present)))
    if not pull and not candidates.is_complete(official) and candidates.is_complete(stand_ins):
        return stand_ins
    return official


def _unavailable(missing: tuple[ImageRef, ...], *, offline: bool) -> ImageUnavailableError:
    first, *others = missing
    evidence = [f"missing too: {image.ref}" for image in others]
    if first.kind == "stand-in":
        evidence.append("stand-ins are built on this machine; no registry has them")
    elif offline:
        evidence.append("`--offline` forbids to pull it")
    return ImageUnavailableError(first.ref, setting=first.setting, evidence=evidence)
