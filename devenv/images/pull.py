"""Pulls official images, with progress in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError, ImageUnavailableError
from devenv.events import StepEvent, StepStatus
from devenv.images.steps import reported_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from devenv.engines.docker.bake import PullProgress
    from devenv.events import Reporter
    from devenv.images.catalog import ImageRef
    from devenv.images.store import ImageStore

MEGABYTE = 1_000_000
# A pull tells of every few kilobytes; a person wants to hear of every tenth part.
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
