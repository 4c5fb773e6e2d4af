"""`devenv open`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "open", rich_help_panel="Use")(open_page)


def open_page(
    call: Call,
    page: Annotated[Literal["ui"], typer.Argument(metavar="PAGE", help="What to open")] = "ui",  # noqa: ARG001  the only page yet
) -> Answer:
    """Open the Web UI, or print its URL where there is no browser.

    Example: devenv open
    """
    from devenv.cli.output.terminal import is_interactive

    url = call.stack.require_serving().endpoints.ui
    if is_interactive(no_input=call.options.no_input):
        typer.launch(url)
    return Answer({"url": url}, lambda console: console.say(url))
