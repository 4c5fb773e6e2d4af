"""`devenv up`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import (
    AnyPort,
    Engine,
    Timeout,
    Trust,
    With,
    Without,
    option,
    overrides,
    switched,
    up_request,
)
from devenv.cli.questions import with_trust

Keep = Annotated[bool, option("--keep-on-failure", help="Leave everything as it is when it fails")]
Pull = Annotated[bool, option("--pull", help="Pull images even if local ones will do")]
Offline = Annotated[bool, option("--offline", help="Never ask an image registry")]
Timings = Annotated[bool, option("--timings", help="Show how long each step took")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "up", rich_help_panel="Stack")(up)


def up(
    call: Call,
    engine: Engine = None,
    timeout: Timeout = None,
    any_port: AnyPort = False,
    keep_on_failure: Keep = False,
    pull: Pull = False,
    offline: Offline = False,
    timings: Timings = False,
    trust: Trust = None,
    with_: With = None,
    without: Without = None,
) -> Answer:
    """Bring the stack up and wait until it is usable.

    Running it again changes nothing, or what you changed in the meantime.

    Examples: devenv up · devenv up --engine embedded · devenv up --timeout 5m -o json
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.up import bring_up

    desired = call.desired(overrides(engine, timeout))
    request = up_request(
        any_port=any_port,
        keep_on_failure=keep_on_failure,
        pull=pull,
        offline=offline,
        trust=trust,
        addons=switched(with_ or [], without or []),
    )
    report = with_trust(call, lambda: bring_up(call.stack, desired, request))
    return Answer(
        report_document(report),
        lambda console: ready_text(console, report, call.project, timings=timings),
    )
