"""`devenv remove-service`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "remove-service", rich_help_panel="Project")(remove_service)


def remove_service(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the service")],
    into: Annotated[
        Path | None, option("--into", help="Where its folder lies, if not here", metavar="PARENT")
    ] = None,
) -> Answer:
    """Remove what `new-service` wrote; asks before it removes a file that was changed or added since.

    The server keeps the namespace and its workflows.

    Examples: devenv remove-service orders · devenv remove-service orders --yes
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.scaffold import removed_service_document, removed_service_text
    from devenv.scaffold.removal import forget_overlays, plan_removal, remove

    removal = plan_removal(name, call.directory / (into or ""), call.project.root)
    if removal.changed:
        what = f"Removing the service {name} with {len(removal.changed)} files of yours"
        confirm_by_typing(call, what, name, details=removal.changed)
    remove(removal)
    still_named = forget_overlays(removal, call.project.settings_file)
    return Answer(
        removed_service_document(removal, still_named=still_named),
        lambda console: removed_service_text(console, removal, still_named=still_named),
        about_stack=False,
    )
