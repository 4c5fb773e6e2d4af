"""`devenv namespace describe`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Name


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "describe")(describe)


def describe(call: Call, name: Name) -> Answer:
    """Show a namespace: retention, owner, search attributes, Nexus endpoints, and where it is declared.

    Examples: devenv namespace describe orders · devenv namespace describe orders -o json
    """
    from devenv.cli.views.namespaces import details_document, details_text
    from devenv.stack.namespaces import describe_namespace

    details = describe_namespace(call.stack, name, call.desired())
    return Answer({"namespace": details_document(details)}, lambda console: details_text(console, details))
