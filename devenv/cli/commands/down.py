"""`devenv down`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import flag_only


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "down", rich_help_panel="Stack")(down)


def down(
    call: Call,
    volumes: Annotated[bool, flag_only("--volumes", help="Delete the data too")] = False,
) -> Answer:
    """Stop and remove the stack; its data stays, unless `--volumes` is given.

    Examples: devenv down · devenv down --volumes --yes
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.stack import down_document, down_text
    from devenv.stack.down import down as take_down

    if volumes:
        confirm_by_typing(call, f"Deleting all data of the stack {call.stack_name}", call.stack_name)
    report = take_down(call.stack, volumes=volumes)
    return Answer(down_document(report), lambda console: down_text(console, report))
