"""Questions: before something is lost, and before Compose files are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer

from devenv.cli.output.formats import OutputFormat
from devenv.cli.output.visible import escape, visible
from devenv.errors import ConfirmationNeededError, NotConfirmedError, TrustNeededError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devenv.cli.context import Call

T = TypeVar("T")


def confirm_by_typing(call: Call, what: str, word: str, *, details: Sequence[str] = ()) -> None:
    """Return if the user types `word`, or has said `--yes`; `details` says what is at stake.

    Raises:
        ConfirmationNeededError: There is nobody to ask.
        NotConfirmedError: Something else was typed.
    """
    if call.options.yes:
        return
    if not can_ask(call):
        raise ConfirmationNeededError(what, details=details)
    call.messages.say(f"[warn]{escape(what)} cannot be undone.[/]")
    for line in details:
        call.messages.say(f"  {escape(line)}")
    if _typed(f"Type {word} to go on") != word:
        raise NotConfirmedError("Nothing was deleted", hint="type the name exactly to confirm")


def _typed(question: str) -> str:
    try:
        return str(typer.prompt(visible(question), err=True, default="", show_default=False))
    except typer.Abort:
        # Typer makes this of Ctrl-C and of the end of the input.
        raise KeyboardInterrupt from None


def with_trust(call: Call, operation: Callable[[], T]) -> T:
    """Return what `operation` does; where it finds untrusted Compose files, ask, and do it again after a yes.

    `--yes` is no answer to this: it would say yes to whatever they become.

    Raises:
        TrustNeededError: There is nobody to ask.
        NotConfirmedError: The answer was no.
    """
    try:
        return operation()
    except TrustNeededError as error:
        if not can_ask(call):
            raise
        confirm_trust(call, error.permissions)
        call.deps.store.trusted_overlays.remember(call.stack.project, error.hash)
    return operation()


def can_ask(call: Call) -> bool:
    """Tell whether somebody can answer a question."""
    from devenv.cli.output.terminal import is_interactive

    return call.output is OutputFormat.TEXT and is_interactive(no_input=call.options.no_input)


def confirm_trust(call: Call, permissions: Sequence[str]) -> None:
    """Show what the Compose files can do, ask whether they may, and return after a yes.

    Raises:
        NotConfirmedError: The answer was no.
    """
    call.close_for_a_question()
    call.messages.say("[warn]The Compose files of this project can do more than is harmless:[/]")
    for permission in permissions:
        call.messages.say(f"  {escape(permission)}")
    try:
        is_yes = typer.confirm("May they, as long as they stay as they are?", default=False, err=True)
    except typer.Abort:
        # Typer makes this of Ctrl-C and of the end of the input.
        raise KeyboardInterrupt from None
    if not is_yes:
        raise NotConfirmedError(
            "The Compose files are not trusted, and nothing was started",
            hint="change them, or take them out of `[compose] overlays` or `[addons]` in devenv.toml",
        )
