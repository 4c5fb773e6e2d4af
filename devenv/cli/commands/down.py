"""`devenv down`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.options import flag_only

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.stack.down import DownReport


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
    from devenv.cli.confirm import confirm_by_typing
    from devenv.stack.down import down as take_down

    if volumes:
        confirm_by_typing(call, f"Deleting all data of the stack {call.stack_name}", call.stack_name)
    report = take_down(call.stack, volumes=volumes)
    fields = {"removed": report.was_there, "data_kept": report.keeps_data}
    return Answer(fields, lambda console: _print(console, report))


def _print(console: Console, report: DownReport) -> None:
    done = "is down" if report.was_there else "was not running"
    data = "its data is kept: `devenv up` brings it back" if report.keeps_data else "no data is left"
    console.print(f"The stack {report.stack} {done}; {data}.", soft_wrap=True)
