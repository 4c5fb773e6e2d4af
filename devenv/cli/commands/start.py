"""`devenv start`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Services, Timeout, Trust, overrides, up_request
from devenv.cli.questions import with_trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "start", rich_help_panel="Stack")(start)


def start(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Start a stopped stack and wait until it is usable.

    Examples: devenv start · devenv start opensearch
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.lifecycle import start as start_services

    desired, request = call.desired(overrides(None, timeout)), up_request(trust=trust)
    report = with_trust(call, lambda: start_services(call.stack, services or (), desired, request))
    return Answer(report_document(report), lambda console: ready_text(console, report, call.project))
