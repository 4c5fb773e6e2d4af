"""`devenv exec`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import PROGRAM_SETTINGS, without_separator


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "exec", rich_help_panel="Use", context_settings=PROGRAM_SETTINGS)(execute)


def execute(
    call: Call,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Where to run it")],
    program: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="What to run")],
) -> Answer:
    """Run a command in a service's container.

    Example: devenv exec postgres -- pg_isready
    """
    now = call.stack.require_exists([service])
    raise typer.Exit(now.engine.execute(call.stack.identity, service, without_separator(program)))
