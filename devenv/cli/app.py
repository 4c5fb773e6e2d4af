"""The application: its global options and its commands."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_group

from devenv.cli.command import PAGE_COLUMNS, LazyGroup, help_without_command

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each command with its module, in the order of the help.
MODULES: Mapping[str, str] = {
    "init": "devenv.cli.commands.init",
    "up": "devenv.cli.commands.up",
    "down": "devenv.cli.commands.down",
    "stop": "devenv.cli.commands.stop",
    "start": "devenv.cli.commands.start",
    "restart": "devenv.cli.commands.restart",
    "status": "devenv.cli.commands.status",
    "logs": "devenv.cli.commands.logs",
    "ls": "devenv.cli.commands.ls",
    "env": "devenv.cli.commands.env",
    "open": "devenv.cli.commands.open_",
    "run": "devenv.cli.commands.run",
    "exec": "devenv.cli.commands.exec_",
    "psql": "devenv.cli.commands.psql",
    "temporal": "devenv.cli.commands.temporal",
    "plan": "devenv.cli.commands.plan",
    "apply": "devenv.cli.commands.apply",
    "config": "devenv.cli.commands.config",
    "namespace": "devenv.cli.commands.namespace",
    "import": "devenv.cli.commands.import_",
    "images": "devenv.cli.commands.images",
    "addons": "devenv.cli.commands.addons",
    "trust": "devenv.cli.commands.trust",
    "new-service": "devenv.cli.commands.new_service",
    "remove-service": "devenv.cli.commands.remove_service",
    "doctor": "devenv.cli.commands.doctor",
    "version": "devenv.cli.commands.version",
    "completion": "devenv.cli.commands.completion",
}


class Application(LazyGroup):
    """All commands."""

    modules = MODULES


@functools.cache
def command_tree() -> Application:
    """Return every command, to be run with a `Session` as `obj`."""
    group = get_group(_application())
    assert isinstance(group, Application)  # noqa: S101  for the type checker
    return group


def _application() -> typer.Typer:
    app = typer.Typer(
        name="devenv",
        cls=Application,
        help="A real Temporal environment for a developer or a CI job, in one command.",
        epilog="Start with `devenv up`; `devenv COMMAND --help` shows examples.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": PAGE_COLUMNS},
    )
    app.callback(invoke_without_command=True)(_root)
    return app


def _root(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001  its own callback answers
        bool,
        # Eager: it is an answer without a command.
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    help_without_command(context)


def _show_version(value: bool) -> None:
    if value:
        from devenv import __version__

        typer.echo(f"devenv {__version__}")
        raise typer.Exit
