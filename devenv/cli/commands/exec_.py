"""`devenv exec`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.call import Answer, Call, command

COMMAND_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "exec", rich_help_panel="Use", context_settings=COMMAND_SETTINGS)(execute)


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


def without_separator(program: list[str]) -> list[str]:
    """Return a command line without the `--` that set it apart from devenv's own."""
    return program[1:] if program[:1] == ["--"] else program
