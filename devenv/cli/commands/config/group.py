"""The group of the commands on dynamic config."""

from __future__ import annotations

import typer

from devenv.cli.commands.config import apply, explain, keys, lint, migrate, show


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Dynamic config: check it, explain it, repair it, bring it into effect.", no_args_is_help=True
    )
    app.add_typer(group, name="config", rich_help_panel="Project")
    for module in (lint, show, explain, keys, migrate, apply):
        module.register(group)
