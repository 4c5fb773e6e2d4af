"""`devenv version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "version", rich_help_panel="Help")(version)


def version(call: Call) -> Answer:  # noqa: ARG001  every command takes its call
    """Show the versions of devenv and of what it runs by default.

    Example: devenv version -o json
    """
    from devenv.cli.views.machine import version_document, version_text

    return Answer(version_document(), version_text, about_stack=False)
