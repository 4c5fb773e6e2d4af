"""Gets the images of a stack onto the engine, by whatever way is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.images.catalog import official_family, stand_in_family
from devenv.images.choose import Candidates, choose_images
from devenv.images.pull import pull_images

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily, Kind
    from devenv.images.store import ImageStore


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
    choice = choose_images(look_around(versions, store), recorded=recorded, pull=pull, offline=offline)
    pull_images(choice.to_pull, store, reporter)
    return choice.family


def look_around(versions: Mapping[str, str], store: ImageStore) -> Candidates:
    """Return both families of `versions`, with what is local of them."""
    official, stand_ins = official_family(versions), stand_in_family(versions)
    present = store.present(image.ref for image in (*official.images, *stand_ins.images))
    return Candidates(official, stand_ins, present)


def local_family(versions: Mapping[str, str], store: ImageStore) -> ImageFamily:
    """Return the family of which every image is local, the official one first.

    Raises:
        ImageUnavailableError: Neither is complete.
    """
    return choose_images(look_around(versions, store), offline=True).family
