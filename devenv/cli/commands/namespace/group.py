"""The group of the commands on namespaces."""

from __future__ import annotations

import typer

from devenv.cli.commands.namespace import create, delete, describe, list_


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Namespaces of the running stack, by hand.", no_args_is_help=True)
    app.add_typer(group, name="namespace", rich_help_panel="Declared state")
    for module in (list_, create, describe, delete):
        module.register(group)
