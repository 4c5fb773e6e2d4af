"""`devenv exec`, `psql` and `temporal`: programs that work with a stack that is up."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


@command("exec", panel="Use", context_settings=options.PROGRAM_SETTINGS)
def execute(
    call: Call,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Where to run it")],
    program: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="What to run")],
) -> Answer:
    """Run a command in a service's container.

    Example: devenv exec postgres -- pg_isready
    """
    now = call.stack.require_exists([service])
    raise typer.Exit(now.engine.execute(call.stack.identity, service, options.without_separator(program)))


@command("psql", panel="Use", context_settings=options.PROGRAM_SETTINGS)
def psql(
    call: Call,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="Arguments of psql")] = None,
) -> Answer:
    """Open an SQL shell on the stack's Postgres.

    Examples: devenv psql · devenv psql -c 'select count(*) from executions'
    """
    now = call.stack.require_exists(["postgres"])
    program = ["psql", "-U", "temporal", "-d", "temporal", *options.without_separator(arguments or [])]
    raise typer.Exit(now.engine.execute(call.stack.identity, "postgres", program))


# Everything after the name is the Temporal CLI's, its `--help` and `-o` too.
CONTEXT = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


@command("temporal", panel="Use", context_settings=CONTEXT, add_help_option=False)
def temporal(
    call: Call,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="Arguments of the Temporal CLI")
    ] = None,
) -> Answer:
    """Run the Temporal CLI against the stack.

    No variable or file leads it to another server; an `--address` of another server is refused. Where
    the server asks for a login, it works as devenv, which may do everything.

    Example: devenv temporal workflow list --namespace orders
    """
    from devenv.engines.host.programs import run_in_foreground
    from devenv.engines.host.temporal_cli import check, client_of
    from devenv.stack.credentials import own_key
    from devenv.stack.environment import API_KEY, client_environment, client_variables

    now = call.stack.require_serving()
    now.warn_of_access()
    endpoints = now.endpoints
    variables = client_variables(endpoints, call.settings().namespace, names=call.names)
    if api_key := own_key(now.record, call.deps):
        variables[API_KEY] = api_key
    environment = client_environment(os.environ, variables)
    check(binary := call.wiring.temporal_binary())
    with client_of(endpoints.grpc, binary) as client:
        # By way of a shell: where nothing can be executed in its directory, it can still be read.
        code = run_in_foreground(["/bin/sh", str(client), *(arguments or [])], environment)
    raise typer.Exit(code)
