"""The application: its global options and its commands."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_group

from devenv.cli.globals import with_global_options
from devenv.cli.groups import help_without_command
from devenv.cli.help_page import PAGE_COLUMNS, PlainHelpGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.core import TyperGroup

# Each command with its module below `devenv.cli.commands`, in the order of the help.
MODULES = {
    "init": "init",
    "up": "up",
    "down": "down",
    "stop": "stop",
    "start": "start",
    "restart": "restart",
    "status": "status",
    "logs": "logs",
    "ls": "ls",
    "env": "env",
    "open": "open_",
    "run": "run",
    "exec": "exec_",
    "psql": "psql",
    "temporal": "temporal",
    "plan": "plan",
    "apply": "apply",
    "config": "config.group",
    "namespace": "namespace.group",
    "import": "import_",
    "images": "images",
    "trust": "trust",
    "new-service": "new_service",
    "remove-service": "remove_service",
    "doctor": "doctor",
    "version": "version",
    "completion": "completion",
}


class CommandsOnDemand(Mapping[str, Any]):
    """Every command by its name, made when it is first asked for.

    A call has use for one, and to make all of them takes as long as to load Typer.
    """

    def __getitem__(self, name: str) -> Any:
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


@functools.cache
def command_tree() -> TyperGroup:
    """Return every command, to be run with a `Session` as `obj`."""
    group = get_group(_application())
    group.commands = CommandsOnDemand()  # type: ignore[assignment]  # nobody adds to them
    return group


@functools.cache
def _command(name: str) -> Any:
    app = typer.Typer(rich_markup_mode=None)
    import_module(f"devenv.cli.commands.{MODULES[name]}").register(app)
    return get_group(app).commands[name]


def _application() -> typer.Typer:
    app = typer.Typer(
        name="devenv",
        cls=PlainHelpGroup,
        help="A real Temporal environment for a developer or a CI job, in one command.",
        epilog="Start with `devenv up`; `devenv COMMAND --help` shows examples.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": PAGE_COLUMNS},
    )
    app.callback(invoke_without_command=True)(with_global_options(_root, reads_variables=True))
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
