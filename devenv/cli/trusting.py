"""Asks for the trust that overlays need, where there is somebody to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from devenv.cli.options import option
from devenv.cli.output.formats import OutputFormat
from devenv.errors import NotConfirmedError, TrustNeededError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devenv.cli.context import Call

T = TypeVar("T")

Trust = Annotated[
    str | None,
    option("--trust", help="Hash of overlays that may do all that they can", metavar="HASH"),
]


def with_trust(call: Call, operation: Callable[[], T]) -> T:
    """Return what `operation` does; where it finds untrusted overlays, ask, and do it again after a yes.

    `--yes` is no answer to this: it would say yes to whatever the overlays become.

    Raises:
        TrustNeededError: There is nobody to ask.
        NotConfirmedError: The answer was no.
    """
    try:
        return operation()
    except TrustNeededError as error:
        if not can_ask(call):
            raise
        demand_yes(call, error.powers)
        call.deps.store.trusted_overlays.remember(call.stack.project, error.hash)
    return operation()


def can_ask(call: Call) -> bool:
    """Tell whether somebody can answer a question."""
    from devenv.cli.output.terminal import is_interactive

    return call.output is OutputFormat.TEXT and is_interactive(no_input=call.options.no_input)


def demand_yes(call: Call, powers: Sequence[str]) -> None:
    """Show what the overlays can do, ask whether they may, and return after a yes.

    Raises:
        NotConfirmedError: The answer was no.
    """
    from rich.markup import escape

    call.close_for_a_question()
    call.messages.say("[warn]The overlays of this project can do more than is harmless:[/]")
    for power in powers:
        call.messages.say(f"  {escape(power)}")
    try:
        is_yes = typer.confirm("May they, as long as they stay as they are?", default=False, err=True)
    except typer.Abort:
        # Typer makes this of Ctrl-C and of the end of the input.
        raise KeyboardInterrupt from None
    if not is_yes:
        raise NotConfirmedError(
            "The overlays are not trusted, and nothing was started",
            hint="change them, or take them out of `[compose] overlays` in devenv.toml",
        )
