"""`devenv remove-service`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from devenv.cli.call import Answer, Call, command
from devenv.cli.options import option

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.scaffold.removal import Removal


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
    from devenv.cli.confirm import confirm_by_typing
    from devenv.scaffold.removal import forget_overlays, plan_removal, remove

    removal = plan_removal(name, call.directory / (into or ""), call.project.root)
    if removal.changed:
        what = f"Removing the service {name} with {len(removal.changed)} files of yours"
        confirm_by_typing(call, what, name, details=removal.changed)
    remove(removal)
    still_named = forget_overlays(removal, call.project.settings_file)
    fields = {
        "name": name,
        "removed": [str(removal.folder), *map(str, removal.project_files)],
        "overlays": {"files": list(removal.overlays), "to_remove": still_named},
    }
    return Answer(
        fields, lambda console: _print(console, removal, still_named=still_named), about_stack=False
    )


def _print(console: Console, removal: Removal, *, still_named: bool) -> None:
    for path in (f"{removal.folder}/", *removal.project_files):
        console.print(f"removed {escape(str(path))}", soft_wrap=True)
    if still_named:
        names = " and ".join(removal.overlays)
        console.print(
            f"\nTake {escape(names)} out of `overlays` in devenv.toml, which is yours.", soft_wrap=True
        )
    delete = f"devenv namespace delete {removal.name}"
    console.print(
        f"\nA server keeps the namespace {escape(removal.name)} and its workflows: [hint]{delete}[/]",
        soft_wrap=True,
    )
