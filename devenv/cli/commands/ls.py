"""`devenv ls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.stack.listing import ListedStack


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "ls", rich_help_panel="Stack")(ls)


def ls(call: Call) -> Answer:
    """List all your stacks on this machine, also those whose project is gone.

    Example: devenv ls
    """
    from devenv.stack.listing import list_stacks

    stacks = list_stacks(call.deps)
    fields = {"stacks": [stack.to_document() for stack in stacks]}
    return Answer(fields, lambda console: _print(console, stacks), about_stack=False)


def _print(console: Console, stacks: Sequence[ListedStack]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not stacks:
        console.print("No stacks. `devenv up` makes one.")
        return
    table = Table("STACK", "STATE", "ENGINE", "ADDRESS", "PROJECT", box=None, pad_edge=False)
    for stack in stacks:
        gone = "" if stack.project_exists else " (gone)"
        cells = (stack.name, stack.state, stack.engine, stack.grpc or "", f"{stack.project}{gone}")
        table.add_row(*map(escape, cells))
    console.print(table)
