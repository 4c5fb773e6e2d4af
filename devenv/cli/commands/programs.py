"""`devenv run`, `exec`, `psql` and `temporal`: programs that work with the stack."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.questions import with_trust
from devenv.cli.stopping import Terminated
from devenv.errors import (
    CommandNotFoundError,
    DevenvError,
    InterruptedByUserError,
    RunFailedError,
    TerminatedError,
)

if TYPE_CHECKING:
    from devenv.stack.endpoints import Endpoints


NOTHING_LEFT = "the stack is as it was found"
NEXT = "run it again; a stack that stays up is `devenv up`"


@command("run", panel="Use", context_settings=options.PROGRAM_SETTINGS)
def run(
    call: Call,
    program: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="What to run")],
    engine: options.Engine = None,
    timeout: options.Timeout = None,
    any_port: options.AnyPort = False,
    trust: options.Trust = None,
) -> Answer:
    """Run a command with a stack, and leave everything as it was found.

    A stack that is up is used and stays up; else one is started, and what was made for it is removed.
    A `temporal` on the command's PATH reaches this stack only. Ctrl-C is the command's to answer. The exit
    code is the command's own; 125 says that devenv failed,
    127 that there is no such command.

    Example: devenv run -- pytest tests/integration
    """
    from devenv.stack.run_session import run_session

    try:
        desired = call.desired(options.overrides(engine, timeout))
        request = options.up_request(any_port=any_port, must_stay=True, trust=trust)
        with ExitStack() as session:
            # A second try, after a yes, needs a session of its own.
            report = with_trust(
                call, lambda: session.enter_context(run_session(call.stack, desired, request))
            )
            if report.endpoints is None:
                raise RunFailedError("The stack has no address", hint="run `devenv status`")
            code = _run(call, options.without_separator(program), report.endpoints)
    except CommandNotFoundError:
        raise
    except DevenvError as error:
        raise _as_run_failure(error) from error
    except KeyboardInterrupt:
        raise InterruptedByUserError(NOTHING_LEFT, NEXT) from None
    except Terminated:
        raise TerminatedError(NOTHING_LEFT, NEXT) from None
    raise typer.Exit(code)


def _as_run_failure(error: DevenvError) -> RunFailedError:
    return RunFailedError(error.message, details=error.details, hint=error.hint)


def _run(call: Call, program: list[str], endpoints: Endpoints) -> int:
    from devenv.engines.host.programs import run_in_foreground
    from devenv.engines.host.temporal_cli import client_of, with_client
    from devenv.stack.environment import client_environment, client_variables, without_own_virtualenv

    call.reporter.close()
    inherited = without_own_virtualenv(os.environ, call.project.root)
    record = call.stack.record
    addons = record.addons if record else ()
    environment = client_environment(inherited, client_variables(endpoints, call.settings(), addons))
    try:
        with client_of(endpoints.grpc, call.wiring.temporal_binary(), prefers_path=True) as client:
            return run_in_foreground(program, with_client(environment, client))
    except OSError as error:
        raise CommandNotFoundError(
            f"{program[0]} cannot be run: {error.strerror}", hint="check its name and your PATH"
        ) from error


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

    No variable or file leads it to another server; an `--address` of another server is refused.

    Example: devenv temporal workflow list --namespace orders
    """
    from devenv.engines.host.programs import run_in_foreground
    from devenv.engines.host.temporal_cli import check, client_of
    from devenv.stack.environment import client_environment, client_variables

    endpoints = call.stack.require_serving().endpoints
    environment = client_environment(os.environ, client_variables(endpoints, call.settings()))
    check(binary := call.wiring.temporal_binary())
    with client_of(endpoints.grpc, binary) as client:
        # By way of a shell: where nothing can be executed in its directory, it can still be read.
        code = run_in_foreground(["/bin/sh", str(client), *(arguments or [])], environment)
    raise typer.Exit(code)
