"""`devenv addons`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "addons", rich_help_panel="Project")(addons)


def addons(call: Call) -> Answer:
    """List the add-ons of devenv and of the project: what each adds, and how to switch it on.

    Example: devenv addons
    """
    from devenv.cli.views.addons import addons_document, addons_text
    from devenv.stack.addons import list_addons

    found = list_addons(call.project.root, call.settings(), call.stack.record)
    return Answer(addons_document(found), lambda console: addons_text(console, found))
