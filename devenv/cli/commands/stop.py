"""`devenv stop`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Services


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "stop", rich_help_panel="Stack")(stop)


def stop(call: Call, services: Services = None) -> Answer:
    """Stop the stack without removing anything.

    Examples: devenv stop · devenv stop opensearch
    """
    from devenv.stack.lifecycle import stop as stop_services

    stop_services(call.stack, services or ())
    stopped = ", ".join(services or ()) or "The stack"
    return Answer(
        {"stopped": services or []},
        lambda console: console.say(f"{stopped} is stopped; `devenv start` brings it back."),
    )
