"""The images of a stack of given versions: official ones, and stand-ins with the recipes that build them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from devenv.images.base import BASE_RECIPE
from devenv.project.builtin import builtin_dir
from devenv.project.services import IMAGES, STAND_IN_PREFIX
from devenv.project.versions import go_toolchain, shipped_components

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.project.addon_toml import Addon, AddonImage


# Major versions without a package in Debian 13, and the release on Maven Central used instead.
EMBEDDED_POSTGRES = {"16": "16.15.0"}
_IMAGES = {image.name: image for image in IMAGES}
BASE = "BASE"
"""The build argument with the image that a stand-in is built on; the base of all, if its recipe has none."""


@cache
def go_environment() -> Mapping[str, str]:
    """Return the variables that determine the output of Go's compiler, and so the key of its cache.

    The linker drops debugging information, so the compiler need not write it: a tenth of its work. The tag is
    from the server's own Makefile: it excludes a transport of Google's storage that the server never uses.
    """
    return {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": f"{go_toolchain()}+auto",
        "GOFLAGS": "-trimpath -gcflags=all=-dwarf=false -ldflags=-s -tags=disable_grpc_modules",
    }


@dataclass(frozen=True)
class Recipe:
    """How one stand-in is built.

    `name` is the target of the Dockerfile and the image's name; `sources` are the files and directories that
    the Dockerfile copies from its own directory.
    """

    service: str
    name: str
    version: str
    dockerfile: str
    build_args: Mapping[str, str]
    sources: tuple[str, ...] = ()


def stand_in_recipes(versions: Mapping[str, str]) -> Iterator[Recipe]:
    """Yield the recipes of a stack of `versions`; a component without a version needs no image."""
    if version := versions.get("postgres"):
        yield _postgres(version)
    if version := versions.get("opensearch"):
        arguments = {"OPENSEARCH_VERSION": version}
        sources = ("opensearch", "maven")
        yield _recipe("opensearch", version, "opensearch.Dockerfile", arguments, sources)
    if version := versions.get("ui"):
        arguments = {"UI_VERSION": version, **go_environment()}
        yield _recipe("ui", version, "ui.Dockerfile", arguments)
    if version := versions.get("temporal"):
        arguments = {"TEMPORAL_VERSION": version, **go_environment()}
        yield _recipe("temporal", version, "temporal.Dockerfile", arguments)
        cli = {"CLI_VERSION": shipped_components()["cli"].default}
        yield _recipe("admin-tools", version, "temporal.Dockerfile", arguments | cli)


def _recipe(
    service: str, version: str, dockerfile: str, build_args: Mapping[str, str], sources: tuple[str, ...] = ()
) -> Recipe:
    return Recipe(service, _IMAGES[service].stand_in, version, dockerfile, build_args, sources)


def _postgres(version: str) -> Recipe:
    arguments = {"POSTGRES_VERSION": version}
    if version not in EMBEDDED_POSTGRES:
        return _recipe("postgres", version, "postgres.Dockerfile", arguments, ("postgres",))
    arguments["POSTGRES_RELEASE"] = EMBEDDED_POSTGRES[version]
    sources = ("postgres", "maven")
    return _recipe("postgres", version, "postgres-embedded.Dockerfile", arguments, sources)


def content_hash(recipe: Recipe, directory: Path) -> str:
    """Return a hash of everything that determines the content of the image of `recipe`.

    That is the base system's recipe, target, build arguments, the Dockerfile and the files that it copies.
    """
    digest = sha256()
    for label, content in _ingredients(recipe, directory):
        # The length keeps bytes from moving unnoticed from one part to the next.
        digest.update(f"{label}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _ingredients(recipe: Recipe, directory: Path) -> Iterator[tuple[str, bytes]]:
    yield "base", BASE_RECIPE.encode()
    yield "target", recipe.name.encode()
    for argument, value in sorted(recipe.build_args.items()):
        yield f"argument {argument}", value.encode()
    for path in _files(directory, (recipe.dockerfile, *recipe.sources)):
        yield f"file {path.relative_to(directory).as_posix()}", path.read_bytes()


def _files(directory: Path, sources: tuple[str, ...]) -> Iterator[Path]:
    for source in sources:
        path = directory / source
        yield from [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())


Kind = Literal["official", "stand-in"]

HASH_DIGITS = 12
_BUILD_ARG = re.compile(r"^ARG (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class ImageRef:
    """One image of a family; `setting` is the setting of its version."""

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
    """The directory of its Dockerfile, if devenv does not ship it."""


def official_family(versions: Mapping[str, str]) -> ImageFamily:
    """Return the official images of a stack of `versions`, by component."""
    images = (
        ImageRef(image.name, f"{image.repository}:{versions[image.version]}", "official", image.setting)
        for image in IMAGES
        if image.version in versions
    )
    return ImageFamily("official", tuple(images))


def stand_in_family(versions: Mapping[str, str]) -> ImageFamily:
    """Return the images that `devenv images build` makes."""
    return ImageFamily("stand-in", tuple(item.image for item in stand_ins(versions)))


def stand_ins(versions: Mapping[str, str]) -> tuple[StandIn, ...]:
    """Return every stand-in with its recipe.

    A reference ends in a hash of everything that goes into the image: a local one is up to date, and a
    changed recipe has another reference.
    """
    return tuple(_to_stand_in(recipe) for recipe in stand_in_recipes(versions))


def with_addons(family: ImageFamily, addons: Sequence[Addon]) -> ImageFamily:
    """Return `family` with the images of `addons`."""
    return replace(family, images=(*family.images, *addon_images(addons, family)))


def addon_images(addons: Sequence[Addon], family: ImageFamily) -> tuple[ImageRef, ...]:
    """Return the images of add-ons beside those of `family`: of its kind, or the only ones that there are."""
    stand_ins_ = {item.image.service: item.image for item in addon_stand_ins(addons, family)}
    return tuple(
        stand_ins_[name]
        if name in stand_ins_ and (family.kind == "stand-in" or not image.official)
        else ImageRef(name, image.official, "official", f"addons.{addon.name}")
        for addon in addons
        for name, image in addon.definition.images.items()
    )


def addon_stand_ins(addons: Sequence[Addon], family: ImageFamily) -> tuple[StandIn, ...]:
    """Return the images of add-ons that are built here, some of them on images of `family`."""
    return tuple(
        _to_addon_stand_in(addon, name, image, family)
        for addon in addons
        for name, image in addon.definition.images.items()
        if image.dockerfile
    )


def _to_addon_stand_in(addon: Addon, name: str, image: AddonImage, family: ImageFamily) -> StandIn:
    arguments = _addon_build_args(image, addon.directory / image.dockerfile)
    if image.on:
        arguments[BASE] = family.refs[image.on]
    recipe = Recipe(name, name, "", image.dockerfile, arguments, image.files)
    ref = f"{STAND_IN_PREFIX}{name}:{content_hash(recipe, addon.directory)[:HASH_DIGITS]}"
    return StandIn(ImageRef(name, ref, "stand-in", f"addons.{addon.name}"), recipe, addon.directory)


def _addon_build_args(image: AddonImage, dockerfile: Path) -> dict[str, str]:
    """Return what the Dockerfile of an add-on declares of the version of the official image, and of Go."""
    known = {"VERSION": image.version, **go_environment()}
    declared = set(_BUILD_ARG.findall(dockerfile.read_text())) if dockerfile.is_file() else set()
    return {name: value for name, value in known.items() if name in declared}


def images_directory() -> Path:
    """Return the directory of the Dockerfiles that devenv ships."""
    return builtin_dir("compose") / "images"


def _to_stand_in(recipe: Recipe) -> StandIn:
    digest = content_hash(recipe, images_directory())[:HASH_DIGITS]
    ref = f"{STAND_IN_PREFIX}{recipe.name}:{recipe.version}-{digest}"
    return StandIn(ImageRef(recipe.service, ref, "stand-in", _IMAGES[recipe.service].setting), recipe)
