"""`devenv restart`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Services, Timeout, Trust, overrides, up_request
from devenv.cli.questions import with_trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "restart", rich_help_panel="Stack")(restart)


def restart(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Stop the stack, start it again, and wait until it is usable.

    Examples: devenv restart · devenv restart temporal
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.lifecycle import restart as restart_services

    desired, request = call.desired(overrides(None, timeout)), up_request(trust=trust)
    report = with_trust(call, lambda: restart_services(call.stack, services or (), desired, request))
    return Answer(report_document(report), lambda console: ready_text(console, report, call.project))
