"""`devenv psql`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import PROGRAM_SETTINGS, without_separator


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "psql", rich_help_panel="Use", context_settings=PROGRAM_SETTINGS)(psql)


def psql(
    call: Call,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="Arguments of psql")] = None,
) -> Answer:
    """Open an SQL shell on the stack's Postgres.

    Examples: devenv psql · devenv psql -c 'select count(*) from executions'
    """
    now = call.stack.require_exists(["postgres"])
    program = ["psql", "-U", "temporal", "-d", "temporal", *without_separator(arguments or [])]
    raise typer.Exit(now.engine.execute(call.stack.identity, "postgres", program))
