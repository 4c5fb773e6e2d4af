"""The application: its global options and its commands."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_group

from devenv.cli.commands import (
    apply,
    completion,
    down,
    env,
    exec_,
    images,
    import_,
    init,
    logs,
    ls,
    new_service,
    open_,
    plan,
    psql,
    remove_service,
    restart,
    run,
    start,
    status,
    stop,
    temporal,
    up,
    version,
)
from devenv.cli.commands import doctor as doctor_command
from devenv.cli.commands.config import group as config
from devenv.cli.commands.namespace import group as namespace
from devenv.cli.globals import with_global_options
from devenv.cli.groups import help_without_command
from devenv.cli.help_page import PAGE_COLUMNS, PlainHelpGroup

if TYPE_CHECKING:
    from typer.core import TyperGroup

COMMANDS = (
    init,
    up,
    down,
    stop,
    start,
    restart,
    status,
    logs,
    ls,
    env,
    open_,
    run,
    exec_,
    psql,
    temporal,
    plan,
    apply,
    config,
    namespace,
    import_,
    images,
    new_service,
    remove_service,
)


@functools.cache
def command_tree() -> TyperGroup:
    """Return every command, to be run with a `Session` as `obj`; Typer takes long to make it."""
    return get_group(_application())


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
    for module in (*COMMANDS, doctor_command, version, completion):
        module.register(app)
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
