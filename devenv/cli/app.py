"""The application: its global options and its commands."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer
from typer.main import get_group

from devenv.cli.command import PAGE_COLUMNS, LazyGroup, help_without_command

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each command with its module in devenv/cli/commands/, in the order of the help.
MODULES: Mapping[str, str] = {
    "init": "project",
    "up": "lifecycle",
    "down": "lifecycle",
    "stop": "lifecycle",
    "start": "lifecycle",
    "restart": "lifecycle",
    "status": "status",
    "logs": "logs",
    "ls": "status",
    "env": "env",
    "open": "open_page",
    "run": "run",
    "dev": "dev",
    "login": "env",
    "exec": "programs",
    "psql": "programs",
    "temporal": "programs",
    "plan": "declared_state",
    "apply": "declared_state",
    "config": "config",
    "namespace": "namespace",
    "history": "history",
    "snapshot": "snapshot",
    "backup": "backup",
    "restore": "restore",
    "import": "declared_state",
    "export": "export",
    "images": "images",
    "addons": "project",
    "trust": "project",
    "new-service": "scaffold",
    "remove-service": "scaffold",
    "doctor": "machine",
    "version": "machine",
    "completion": "completion",
}


class Application(LazyGroup):
    """All commands."""

    modules: ClassVar = {name: f"devenv.cli.commands.{module}" for name, module in MODULES.items()}


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
