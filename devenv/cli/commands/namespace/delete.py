"""`devenv namespace delete`."""

from __future__ import annotations

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Name


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "delete")(delete)


def delete(call: Call, name: Name) -> Answer:
    """Delete a namespace of the running stack with everything in it, after a confirmation.

    Examples: devenv namespace delete myapp · devenv namespace delete myapp --yes
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.namespaces import deleted_document, deleted_text
    from devenv.stack.namespaces import check_deletable, delete_namespace

    desired = call.desired()
    found = check_deletable(call.stack, name, desired)
    confirm_by_typing(call, f"Deleting the namespace {name} with all its workflows", name)
    delete_namespace(call.stack, name, desired)
    return Answer(deleted_document(found), lambda console: deleted_text(console, found))
