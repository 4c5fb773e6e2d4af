"""`devenv config show`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "show")(show)


def show(call: Call) -> Answer:
    """Print the dynamic config file that the server reads, with the place where each value was written.

    Examples: devenv config show · devenv config show -o json
    """
    from devenv.cli.views.config import config_document
    from devenv.dynamicconfig.render import render_with_places

    config = call.desired().dynamic_config
    text = render_with_places(config)
    return Answer(config_document(text, config), lambda console: console.data(text), about_stack=False)
