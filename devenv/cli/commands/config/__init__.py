"""`devenv config`: the dynamic config of the project, one file for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.cli.command import add_group
from devenv.cli.commands.config import apply, explain, keys, lint, migrate, show

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    what = "Dynamic config: check it, explain it, repair it, bring it into effect."
    group = add_group(app, "config", panel="Project", help=what)
    for module in (lint, show, explain, keys, migrate, apply):
        module.register(group)
