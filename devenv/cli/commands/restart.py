"""`devenv restart`."""

from __future__ import annotations

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.start import ready_answer
from devenv.cli.commands.stop import Services
from devenv.cli.commands.up import Timeout
from devenv.cli.trusting import Trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "restart", rich_help_panel="Stack")(restart)


def restart(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Stop the stack, start it again, and wait until it is usable.

    Examples: devenv restart · devenv restart temporal
    """
    from devenv.stack.lifecycle import restart as restart_services

    return ready_answer(call, restart_services, services or [], timeout, trust)
