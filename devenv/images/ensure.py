"""Chooses the images of a stack, and pulls those that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError, ImageUnavailableError, WrongPlatformError
from devenv.events import StepEvent, StepStatus
from devenv.images.catalog import official_family, stand_in_family, with_addons
from devenv.images.steps import reported_step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from devenv.engines.docker.bake import PullProgress
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily, ImageRef, Kind
    from devenv.images.store import ImageStore
    from devenv.project.addons import Addon


VARIABLE = "DOCKER_DEFAULT_PLATFORM"
_OTHER_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


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


MEGABYTE = 1_000_000
# A pull reports every few kilobytes; people want every tenth part.
PARTS = 10


def pull_images(images: Iterable[ImageRef], store: ImageStore, reporter: Reporter) -> None:
    """Pull `images` one after the other; those already pulled stay when a later one fails.

    Raises:
        ImageUnavailableError: Naming the tag, the setting that asks for it and the way out.
    """
    for image in images:
        with reported_step(reporter, f"image {image.service}", f"pulling {image.ref}"):
            _pull(image, store, reporter)


def _pull(image: ImageRef, store: ImageStore, reporter: Reporter) -> None:
    try:
        store.pull(image.ref, _progress_reporter(image, reporter))
    except CommandFailedError as error:
        raise ImageUnavailableError(image.ref, setting=image.setting, evidence=error.details) from error


def _progress_reporter(image: ImageRef, reporter: Reporter) -> Callable[[PullProgress], None]:
    told = -1

    def report(progress: PullProgress) -> None:
        nonlocal told
        part = progress.done_bytes * PARTS // progress.total_bytes if progress.total_bytes else 0
        if part != told:
            told = part
            message = f"{progress.done_bytes / MEGABYTE:.0f} of {progress.total_bytes / MEGABYTE:.0f} MB"
            reporter.report(StepEvent(f"image {image.service}", StepStatus.WAITING, message))

    return report


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
    if first.kind == "stand-in":
        evidence.append("stand-ins are built on this machine; no registry has them")
    elif offline:
        evidence.append("`--offline` forbids to pull it")
    return ImageUnavailableError(first.ref, setting=first.setting, evidence=evidence)


def ensure_images(
    versions: Mapping[str, str],
    store: ImageStore,
    reporter: Reporter,
    *,
    recorded: Kind | None = None,
    pull: bool = False,
    offline: bool = False,
) -> ImageFamily:
    """Return the family a stack runs on, after pulling what is missing of it.

    Raises:
        ImageUnavailableError: No family is complete, and what is missing may not or cannot be pulled.
    """
    choice = choose_images(find_images(versions, store), recorded=recorded, pull=pull, offline=offline)
    pull_images(choice.to_pull, store, reporter)
    return choice.family


def ensure_addon_images(
    images: Sequence[ImageRef],
    store: ImageStore,
    reporter: Reporter,
    *,
    pull: bool = False,
    offline: bool = False,
) -> None:
    """Pull the missing official images of add-ons.

    Raises:
        ImageUnavailableError: One has to be built, or may not or cannot be pulled.
    """
    present = store.present(image.ref for image in images)
    wanted = [image for image in images if image.ref not in present or (pull and not offline)]
    for image in wanted:
        if image.kind == "stand-in" and image.ref not in present:
            reason = "stand-ins are built on this machine; no registry has them"
        elif offline:
            reason = "`--offline` forbids to pull it"
        else:
            continue
        addon = image.setting.removeprefix("addons.")
        hint = f"run `devenv images build --with {addon}`, or switch it off: `devenv up --without {addon}`"
        raise ImageUnavailableError(image.ref, setting=image.setting, evidence=[reason], hint=hint)
    pull_images([image for image in wanted if image.kind == "official"], store, reporter)


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
