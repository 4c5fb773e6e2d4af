"""`devenv init`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

if TYPE_CHECKING:
    from pathlib import Path


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init", rich_help_panel="Project")(init)


def init(
    call: Call,
    namespace: Annotated[
        str | None,
        typer.Argument(metavar="NAMESPACE", help="A first namespace; without one, the directory's name"),
    ] = None,
) -> Answer:
    """Write devenv.toml, seeds/ and dynamicconfig/ into this directory; never overwrites.

    Example: devenv init orders
    """
    from devenv.cli.views.scaffold import init_document, init_text
    from devenv.scaffold.project import init_project

    result = init_project(call.directory, _checked(namespace or _from_directory(call.directory)))
    return Answer(init_document(result), lambda console: init_text(console, result), about_stack=False)


def _from_directory(root: Path) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", root.name.lower()).strip("-") or "app"


def _checked(namespace: str) -> str:
    from devenv.errors import NameInvalidError
    from devenv.project.names import check_namespace_name

    try:
        name = check_namespace_name(namespace)
    except ValueError as error:
        raise NameInvalidError(f"The namespace cannot be used: {error}") from error
    if name.startswith("."):
        raise NameInvalidError(f'"{name}" would be a hidden file', hint="begin it with a letter or a digit")
    return name
