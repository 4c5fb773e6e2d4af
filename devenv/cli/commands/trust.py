"""`devenv trust`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option

if TYPE_CHECKING:
    from devenv.overlays.judging import Judgement


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "trust", rich_help_panel="Project")(trust)


def trust(
    call: Call,
    show: Annotated[bool, option("--show", help="Only show what they can do, and their hash")] = False,
) -> Answer:
    """Show what the overlays can do beyond the harmless, and trust them as they are now.

    Any change of them asks again. `up --trust HASH` does the same where nobody can be asked.

    Examples: devenv trust · devenv trust --show · devenv trust --show -o json
    """
    from devenv.stack.overlay_trust import check_permitted, judge_project

    desired = call.desired()
    judgement = judge_project(call.stack, desired)
    if judgement is None or not judgement.powers:
        return _answer(judgement, overlays=[*map(str, desired.overlays)], is_trusted=True)
    book = call.deps.store.trusted_overlays
    is_trusted = not judgement.refused and book.trusts(call.stack.project, judgement.hash)
    if not show:
        check_permitted(judgement)
        if not is_trusted:
            _ask(call, judgement)
            book.remember(call.stack.project, judgement.hash)
            is_trusted = True
    return _answer(judgement, overlays=[*map(str, desired.overlays)], is_trusted=is_trusted, is_shown=show)


def _ask(call: Call, judgement: Judgement) -> None:
    from devenv.cli.questions import can_ask, confirm_trust
    from devenv.errors import ConfirmationNeededError

    sentences = [power.sentence for power in judgement.powers]
    if call.options.yes:
        return
    if not can_ask(call):
        raise ConfirmationNeededError(
            "Trusting the overlays", details=[*sentences, f"hash: {judgement.hash}"]
        )
    confirm_trust(call, sentences)


def _answer(
    judgement: Judgement | None, *, overlays: list[str], is_trusted: bool, is_shown: bool = False
) -> Answer:
    from devenv.cli.views.trust import trust_document, trust_text

    return Answer(
        trust_document(overlays, judgement, is_trusted=is_trusted),
        lambda console: trust_text(console, overlays, judgement, is_trusted=is_trusted, is_shown=is_shown),
    )
