"""`devenv version`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import typer

from devenv import __version__
from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "version", rich_help_panel="Help")(version)


def version(call: Call) -> Answer:  # noqa: ARG001  every command takes its call
    """Show the versions of devenv and of what it runs by default.

    Example: devenv version -o json
    """
    from devenv.project.versions import shipped_components

    components: dict[str, str] = {name: component.default for name, component in shipped_components().items()}
    fields = {"version": __version__, "python": platform.python_version(), "components": components}
    return Answer(fields, lambda console: _print(console, components), about_stack=False)


def _print(console: Console, components: dict[str, str]) -> None:
    console.print(f"devenv {__version__} (Python {platform.python_version()})")
    for name, number in components.items():
        console.print(f"  {name:<12} {number}")
