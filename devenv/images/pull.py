"""Gets the images of a stack and of its add-ons onto the Docker engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError, ImageUnavailableError
from devenv.events import StepEvent, StepStatus
from devenv.images.choice import choose_images, find_images, reasons_not_to_pull
from devenv.images.steps import reported_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from devenv.engines.docker.bake import PullProgress
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily, ImageRef, Kind
    from devenv.images.store import ImageStore

MEGABYTE = 1_000_000
# A pull reports every few kilobytes; people want every tenth part.
PARTS = 10


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
    missing = [image for image in images if image.ref not in present]
    for image in missing:
        reasons = reasons_not_to_pull(image, offline=offline)
        if reasons:
            addon = image.setting.removeprefix("addons.")
            hint = (
                f"run `devenv images build --with {addon}`, or switch it off: `devenv up --without {addon}`"
            )
            raise ImageUnavailableError(image.ref, setting=image.setting, evidence=reasons, hint=hint)
    wanted = images if pull and not offline else missing
    pull_images([image for image in wanted if image.kind == "official"], store, reporter)


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
