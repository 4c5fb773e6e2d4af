"""`devenv temporal`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

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

    No variable or file leads it to another server; an `--address` of another server is refused.

    Example: devenv temporal workflow list --namespace orders
    """
    from devenv.engines.host.foreground import run_in_foreground
    from devenv.engines.temporal_cli import check
    from devenv.engines.temporal_client import client_of
    from devenv.stack.environment import client_environment, client_variables

    endpoints = call.stack.require_serving().endpoints
    environment = client_environment(os.environ, client_variables(endpoints, call.settings()))
    check(binary := call.wiring.temporal_binary())
    with client_of(endpoints.grpc, binary) as client:
        # By way of a shell: where nothing can be executed in its directory, it can still be read.
        code = run_in_foreground(["/bin/sh", str(client), *(arguments or [])], environment)
    raise typer.Exit(code)
