"""Groups of commands, such as `devenv images`."""

from __future__ import annotations

import typer

from devenv.cli.globals import with_global_options
from devenv.cli.help_page import PlainHelpGroup
from devenv.cli.output.formats import OutputFormat
from devenv.errors import ExitCode


def add_group(app: typer.Typer, name: str, *, panel: str, help: str) -> typer.Typer:  # noqa: A002  Typer's own word
    """Add a group to `app` and return it; the global options may stand behind its name, too."""
    group = typer.Typer(cls=PlainHelpGroup)
    group.callback(invoke_without_command=True)(with_global_options(help_without_command))
    app.add_typer(group, name=name, help=help, rich_help_panel=panel)
    return group


def help_without_command(context: typer.Context) -> None:
    """Return if a command follows; else it is missing, and people get the help to choose one from."""
    if context.invoked_subcommand is not None:
        return
    if context.obj.options.output in {OutputFormat.JSON, OutputFormat.JSONL}:
        context.fail("Missing command.")
    typer.echo(context.get_help())
    raise typer.Exit(ExitCode.USAGE)
