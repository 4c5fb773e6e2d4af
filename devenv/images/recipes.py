"""How each stand-in is built: its Dockerfile, its versions, and the hash of everything that goes in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from devenv.images.base import BASE_RECIPE
from devenv.project.versions import go_toolchain, shipped_components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


# Major versions that Debian 13 has no package of, with the release on Maven Central that stands in for each.
EMBEDDED_POSTGRES = {"16": "16.15.0"}


@cache
def go_environment() -> Mapping[str, str]:
    """Return the variables that decide what Go's compiler makes of a package.

    Whoever compiles the same package with the same values can use the same cache. The linker leaves debugging
    information out, so the compiler need not write it: a tenth of its work. The tag is of the server's own
    Makefile: it leaves out a way to reach Google's storage that the server never takes.
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


def stand_in_recipes(versions: Mapping[str, str]) -> tuple[Recipe, ...]:
    """Return the recipes of a stack of `versions`, by component; one that is not there needs no image."""
    recipes = (
        ("postgres", _postgres),
        ("opensearch", _opensearch),
        ("ui", _ui),
        ("temporal", _temporal_server),
        ("temporal", _admin_tools),
    )
    return tuple(recipe(versions[component]) for component, recipe in recipes if component in versions)


def _postgres(version: str) -> Recipe:
    debian = Recipe(
        service="postgres",
        name="postgres",
        version=version,
        dockerfile="postgres.Dockerfile",
        build_args={"POSTGRES_VERSION": version},
        sources=("postgres",),
    )
    if version not in EMBEDDED_POSTGRES:
        return debian
    return replace(
        debian,
        dockerfile="postgres-embedded.Dockerfile",
        build_args={"POSTGRES_VERSION": version, "POSTGRES_RELEASE": EMBEDDED_POSTGRES[version]},
        sources=("postgres", "maven"),
    )


def _opensearch(version: str) -> Recipe:
    return Recipe(
        service="opensearch",
        name="opensearch",
        version=version,
        dockerfile="opensearch.Dockerfile",
        build_args={"OPENSEARCH_VERSION": version},
        sources=("opensearch", "maven"),
    )


def _ui(version: str) -> Recipe:
    return Recipe(
        service="ui",
        name="ui",
        version=version,
        dockerfile="ui.Dockerfile",
        build_args={"UI_VERSION": version, **go_environment()},
    )


def _temporal_server(version: str) -> Recipe:
    return Recipe(
        service="temporal",
        name="server",
        version=version,
        dockerfile="temporal.Dockerfile",
        build_args={"TEMPORAL_VERSION": version, **go_environment()},
    )


def _admin_tools(version: str) -> Recipe:
    return Recipe(
        service="admin-tools",
        name="admin-tools",
        version=version,
        dockerfile="temporal.Dockerfile",
        build_args={
            "TEMPORAL_VERSION": version,
            "CLI_VERSION": shipped_components()["cli"].default,
            **go_environment(),
        },
    )


def content_hash(recipe: Recipe, directory: Path) -> str:
    """Return a hash of everything that decides what the image of `recipe` contains.

    That is the base system's recipe, target, build arguments, the Dockerfile and the files that it copies.
    """
    digest = sha256()
    for label, content in _ingredients(recipe, directory):
        # With the length, bytes cannot move unseen from one ingredient to the next.
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
