"""`devenv namespace list`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "list")(list_namespaces)


def list_namespaces(call: Call) -> Answer:
    """List the namespaces of the running stack, and where each is declared.

    Examples: devenv namespace list · devenv namespace list -o json
    """
    from devenv.cli.views.namespaces import namespace_document, namespaces_text
    from devenv.stack.namespaces import list_namespaces as look

    namespaces = look(call.stack, call.desired())
    return Answer(
        {"namespaces": [namespace_document(each) for each in namespaces]},
        lambda console: namespaces_text(console, namespaces),
    )
