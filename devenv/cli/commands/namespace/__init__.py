"""`devenv namespace`: the namespaces of the running stack by hand, one file for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.cli.command import add_group
from devenv.cli.commands.namespace import create, delete, describe, list_

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    what = "Namespaces of the running stack, by hand."
    group = add_group(app, "namespace", panel="Declared state", help=what)
    for module in (list_, create, describe, delete):
        module.register(group)
