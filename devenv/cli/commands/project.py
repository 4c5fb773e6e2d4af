"""`devenv init`, `addons` and `trust`: the files of a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import WithAlso, option

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.overlays.review import Review


@command("init", panel="Project")
def init(
    call: Call,
    namespace: Annotated[
        str | None,
        typer.Argument(metavar="NAMESPACE", help="A first namespace; without one, the directory's name"),
    ] = None,
) -> Answer:
    """Write devenv.toml, seeds/ and dynamicconfig/ into this directory; never overwrites.

    Example: devenv init orders
    """
    from devenv.cli.views.project import init_document, init_text
    from devenv.scaffold.project import init_project

    result = init_project(call.directory, _checked(namespace or _from_directory(call.directory)))
    return Answer(init_document(result), lambda console: init_text(console, result), about_stack=False)


def _from_directory(root: Path) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", root.name.lower()).strip("-") or "app"


def _checked(namespace: str) -> str:
    from devenv.errors import NameInvalidError
    from devenv.project.names import check_namespace_name

    try:
        name = check_namespace_name(namespace)
    except ValueError as error:
        raise NameInvalidError(f"The namespace cannot be used: {error}") from error
    if name.startswith("."):
        raise NameInvalidError(f'"{name}" would be a hidden file', hint="begin it with a letter or a digit")
    return name


@command("addons", panel="Project")
def addons(call: Call) -> Answer:
    """List the add-ons of devenv and of the project: what each adds, and how to switch it on.

    Example: devenv addons
    """
    from devenv.cli.output.documents import failure_fields
    from devenv.cli.output.terminal import print_error
    from devenv.cli.views.project import addons_document, addons_text
    from devenv.stack.addon_plan import list_addons

    found, wrong = list_addons(call.stack, call.settings())
    if not wrong:
        return Answer(addons_document(found), lambda console: addons_text(console, found))
    first, *others = wrong
    error = first.with_details(*(each.message for each in others))

    def text(console: SafeConsole) -> None:
        if found:
            addons_text(console, found)
            console.say()
        console.file.flush()
        print_error(call.messages, error)

    return Answer(addons_document(found) | failure_fields(error), text, error.exit_code)


@command("trust", panel="Project")
def trust(
    call: Call,
    show: Annotated[bool, option("--show", help="Only show what they can do, and their hash")] = False,
    with_: WithAlso = None,
) -> Answer:
    """Show what overlays and the project's add-ons can do beyond the harmless, and trust them as they are.

    Any change asks again. `up --trust HASH` does the same where nobody can be asked.

    Examples: devenv trust · devenv trust --show · devenv trust --show -o json
    """
    from devenv.stack.overlay_trust import check_permitted, review_project

    desired = call.desired()
    review = review_project(call.stack, desired, dict.fromkeys(with_ or [], True))
    if review is None or not review.permissions:
        return _answer(review, overlays=[*map(str, desired.overlays)], is_trusted=True)
    book = call.deps.store.trusted_overlays
    is_trusted = not review.refused and book.trusts(call.stack.project, review.hash)
    if not show:
        check_permitted(review)
        if not is_trusted:
            _ask(call, review)
            book.remember(call.stack.project, review.hash)
            is_trusted = True
    return _answer(review, overlays=[*map(str, desired.overlays)], is_trusted=is_trusted, is_shown=show)


def _ask(call: Call, review: Review) -> None:
    from devenv.cli.questions import can_ask, confirm_trust
    from devenv.errors import ConfirmationNeededError

    sentences = [permission.sentence for permission in review.permissions]
    if call.options.yes:
        return
    if not can_ask(call):
        raise ConfirmationNeededError(
            "Trusting the Compose files", details=[*sentences, f"hash: {review.hash}"]
        )
    confirm_trust(call, sentences)


def _answer(
    review: Review | None, *, overlays: list[str], is_trusted: bool, is_shown: bool = False
) -> Answer:
    from devenv.cli.views.project import trust_document, trust_text

    return Answer(
        trust_document(overlays, review, is_trusted=is_trusted),
        lambda console: trust_text(console, overlays, review, is_trusted=is_trusted, is_shown=is_shown),
    )
