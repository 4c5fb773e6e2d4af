"""`devenv ls`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "ls", rich_help_panel="Stack")(ls)


def ls(call: Call) -> Answer:
    """List all your stacks on this machine, also those whose project is gone.

    Example: devenv ls
    """
    from devenv.cli.views.stack import stacks_document, stacks_text
    from devenv.stack.ls import list_stacks

    stacks = list_stacks(call.deps)
    return Answer(stacks_document(stacks), lambda console: stacks_text(console, stacks), about_stack=False)
