"""Questions before something is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from devenv.cli.output.formats import OutputFormat
from devenv.cli.output.visible import visible
from devenv.errors import ConfirmationNeededError, NotConfirmedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.context import Call


def confirm_by_typing(call: Call, what: str, word: str, *, details: Sequence[str] = ()) -> None:
    """Return if the user types `word`, or has said `--yes`; `details` says what is at stake.

    Raises:
        ConfirmationNeededError: There is nobody to ask.
        NotConfirmedError: Something else was typed.
    """
    from devenv.cli.output.terminal import is_interactive

    if call.options.yes:
        return
    if call.output is not OutputFormat.TEXT or not is_interactive(no_input=call.options.no_input):
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
