"""Which images a stack of given versions is made of; what of them is local, an `ImageStore` knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from devenv.images.recipes import Recipe, content_hash, stand_in_recipes
from devenv.project.builtin import builtin_dir
from devenv.project.services import IMAGES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from devenv.project.addons import Addon, AddonImage

Kind = Literal["official", "stand-in"]

HASH_DIGITS = 12
_SETTINGS = {image.name: image.setting for image in IMAGES}
_SETTINGS = {image.name: image.setting for image in IMAGES}


@dataclass(frozen=True)
class ImageRef:
    """One image of a family; `setting` is what a person changes to get another version."""

    service: str
    ref: str
    kind: Kind
    setting: str


@dataclass(frozen=True)
class ImageFamily:
    """All images of one stack, from one kind of source."""

    kind: Kind
    images: tuple[ImageRef, ...]

    @property
    def refs(self) -> Mapping[str, str]:
        """References by service."""
        return {image.service: image.ref for image in self.images}

    def missing(self, present: Collection[str]) -> tuple[ImageRef, ...]:
        """Return the images whose references are not in `present`."""
        return tuple(image for image in self.images if image.ref not in present)


@dataclass(frozen=True)
class StandIn:
    """An image that can be built here, and how."""

    image: ImageRef
    recipe: Recipe
    directory: Path | None = None
    """Where its Dockerfile is, if not among those that devenv ships."""


def official_family(versions: Mapping[str, str]) -> ImageFamily:
    """Return the images that the projects themselves publish, of a stack of `versions` by component."""
    images = (
        ImageRef(image.name, f"{image.repository}:{versions[image.version]}", "official", image.setting)
        for image in IMAGES
        if image.version in versions
    )
    return ImageFamily("official", tuple(images))


def stand_in_family(versions: Mapping[str, str], directory: Path | None = None) -> ImageFamily:
    """Return the images that `devenv images build` makes; `directory` as in `stand_ins`."""
    return ImageFamily("stand-in", tuple(item.image for item in stand_ins(versions, directory)))


def stand_ins(versions: Mapping[str, str], directory: Path | None = None) -> tuple[StandIn, ...]:
    """Return every stand-in with its recipe.

    A reference ends in a hash of all that goes into the image: one that is there needs no second build, and a
    changed recipe is never taken for an old one. `directory` holds the Dockerfiles, by default those that
    devenv ships.
    """
    home = directory or images_directory()
    return tuple(_to_stand_in(recipe, home) for recipe in stand_in_recipes(versions))


def with_addons(family: ImageFamily, addons: Sequence[Addon]) -> ImageFamily:
    """Return `family` with the images of `addons`."""
    return replace(family, images=(*family.images, *addon_images(addons, family.kind)))


def addon_images(addons: Sequence[Addon], kind: Kind) -> tuple[ImageRef, ...]:
    """Return the images of add-ons: of the family `kind`, or the only ones that there are."""
    stand_ins_ = {item.image.service: item.image for item in addon_stand_ins(addons)}
    return tuple(
        stand_ins_[name]
        if name in stand_ins_ and (kind == "stand-in" or not image.official)
        else ImageRef(name, image.official, "official", f"addons.{addon.name}")
        for addon in addons
        for name, image in addon.definition.images.items()
    )


def addon_stand_ins(addons: Sequence[Addon]) -> tuple[StandIn, ...]:
    """Return the images of add-ons that are built here."""
    return tuple(
        _to_addon_stand_in(addon, name, image)
        for addon in addons
        for name, image in addon.definition.images.items()
        if image.dockerfile
    )


def _to_addon_stand_in(addon: Addon, name: str, image: AddonImage) -> StandIn:
    recipe = Recipe(name, name, "", image.dockerfile, {}, image.files)
    ref = f"temporal-devenv/{name}:{content_hash(recipe, addon.directory)[:HASH_DIGITS]}"
    return StandIn(ImageRef(name, ref, "stand-in", f"addons.{addon.name}"), recipe, addon.directory)


def images_directory() -> Path:
    """Return the directory of the Dockerfiles that devenv ships."""
    return builtin_dir("compose") / "images"


def _to_stand_in(recipe: Recipe, directory: Path) -> StandIn:
    digest = content_hash(recipe, directory)[:HASH_DIGITS]
    ref = f"temporal-devenv/{recipe.name}:{recipe.version}-{digest}"
    return StandIn(ImageRef(recipe.service, ref, "stand-in", _SETTINGS[recipe.service]), recipe)
