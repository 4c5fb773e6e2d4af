"""`devenv temporal`."""

from __future__ import annotations

import os
import subprocess
from typing import Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.run import exit_code_of

# Everything after the name is the Temporal CLI's, its `--help` and `-o` too.
CONTEXT = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "temporal", rich_help_panel="Use", context_settings=CONTEXT, add_help_option=False)(temporal)


def temporal(
    call: Call,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="Arguments of the Temporal CLI")
    ] = None,
) -> Answer:
    """Run the Temporal CLI against the stack.

    Example: devenv temporal workflow list --namespace orders
    """
    from devenv.engines.temporal_cli import check
    from devenv.stack.environment import client_environment, client_variables, running_endpoints

    variables = client_variables(running_endpoints(call.stack, call.kit), call.settings())
    environment = client_environment(os.environ, variables)
    check(binary := call.wiring.temporal_binary())
    command_line = [str(binary), *(arguments or [])]
    raise typer.Exit(exit_code_of(subprocess.call(command_line, env=environment)))
