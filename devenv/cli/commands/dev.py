"""`devenv dev`: the workers of the project, run again when their files change."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.output.formats import OutputFormat
from devenv.cli.questions import with_trust
from devenv.cli.stopping import Terminated
from devenv.errors import InterruptedByUserError, TerminatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devenv.stack.dev.worker import Told

LEFT = "no worker is left; the stack stays up"
NEXT = "`devenv dev` goes on; `devenv down` takes the stack away"


@command("dev", panel="Use")
def dev(
    call: Call,
    services: Annotated[
        list[str] | None, typer.Argument(metavar="SERVICE", help="All of [services], if none is named")
    ] = None,
    engine: options.Engine = None,
    timeout: options.Timeout = None,
    any_port: options.AnyPort = False,
    trust: options.Trust = None,
) -> Answer:
    """Run the workers of the project, and restart each one when its files change.

    They are those below [services] in devenv.toml. The stack is brought up first, and stays up. Before a
    restart the commands `build` and `replay` of the service have to succeed; else the old worker goes on.
    Ctrl-C ends all of them.

    Examples: devenv dev · devenv dev orders-go · devenv dev -o jsonl
    """
    from devenv.stack.dev.session import Session, alone, check_files, choose, services_of
    from devenv.stack.environment import client_variables
    from devenv.stack.up import bring_up

    settings = call.settings()
    watched = choose(settings, call.project.root, services or [])
    services_of(
        settings, watched, os.environ, {}
    )  # a command that is not there is told of before the stack is up
    check_files(settings, watched, call.reporter)
    desired = call.desired(options.overrides(engine, timeout))
    request = options.up_request(any_port=any_port, trust=trust)
    with_trust(call, lambda: bring_up(call.stack, desired, request))
    now = call.stack.require_serving()
    variables = client_variables(now.endpoints, settings.namespace, now.record.addons, call.names)
    ready = services_of(settings, watched, os.environ, variables)
    with _until_stopped(), alone(call.deps.store.directory(call.stack_name), call.stack_name):
        call.close_reporter()
        Session(ready, watched, _teller(call, list(watched))).run()
    return Answer()


def _teller(call: Call, names: list[str]) -> Callable[[Told], None]:
    from devenv.cli.views.dev import EventTeller, TextTeller

    if call.output is OutputFormat.JSONL:
        return EventTeller(call.reporter).tell
    is_text = call.output is OutputFormat.TEXT
    return TextTeller(call.answers if is_text else call.messages, names, to_stderr=not is_text).tell


@contextmanager
def _until_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedByUserError(LEFT, NEXT) from None
    except Terminated:
        raise TerminatedError(LEFT, NEXT) from None
