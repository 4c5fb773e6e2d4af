"""Gets the images of a stack onto the engine, by whatever way is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import ImageUnavailableError
from devenv.images.catalog import official_family, stand_in_family, with_addons
from devenv.images.choose import Candidates, choose_images
from devenv.images.pull import pull_images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily, ImageRef, Kind
    from devenv.images.store import ImageStore
    from devenv.project.addons import Addon


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


def ensure_addon_images(
    images: Sequence[ImageRef],
    store: ImageStore,
    reporter: Reporter,
    *,
    pull: bool = False,
    offline: bool = False,
) -> None:
    """Have the images of add-ons local, after pulling those official ones that are missing.

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


def look_around(versions: Mapping[str, str], store: ImageStore, addons: Sequence[Addon] = ()) -> Candidates:
    """Return both families of `versions`, those of `addons` among them, with what is local of them."""
    official = with_addons(official_family(versions), addons)
    stand_ins = with_addons(stand_in_family(versions), addons)
    present = store.present(image.ref for image in (*official.images, *stand_ins.images))
    return Candidates(official, stand_ins, present)


def local_family(versions: Mapping[str, str], store: ImageStore) -> ImageFamily:
    """Return the family of which every image is local, the official one first.

    Raises:
        ImageUnavailableError: Neither is complete.
    """
    return choose_images(look_around(versions, store), offline=True).family
