"""`devenv namespace create`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Name, option

if TYPE_CHECKING:
    from datetime import timedelta

Retention = Annotated[
    str | None,
    typer.Argument(
        help="How long closed workflows are kept: 7d, 72h, 2w; 3d by default", metavar="RETENTION"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "create")(create)


def create(
    call: Call,
    name: Name,
    retention: Retention = None,
    description: Annotated[str | None, option("--description", help="What it is for", metavar="TEXT")] = None,
) -> Answer:
    """Create a namespace on the running stack, and wait until it is usable.

    One that is declared in seeds/ is created as it is declared there.

    Examples: devenv namespace create myapp · devenv namespace create myapp 7d
    """
    from devenv.cli.views.namespaces import created_text, namespace_document
    from devenv.stack.namespaces import create_namespace, wanted_namespace

    checked, kept = _checked_name(name), _checked_retention(retention)
    desired = call.desired()
    wanted = wanted_namespace(checked, desired, retention=kept, description=description)
    created = create_namespace(call.stack, wanted, desired)
    return Answer({"namespace": namespace_document(created)}, lambda console: created_text(console, created))


def _checked_name(name: str) -> str:
    from devenv.errors import NameInvalidError
    from devenv.project.names import check_namespace_name

    try:
        return check_namespace_name(name)
    except ValueError as error:
        raise NameInvalidError(f"The namespace cannot be created: {error}") from error


def _checked_retention(text: str | None) -> timedelta | None:
    from devenv.errors import InvalidInputError
    from devenv.files.durations import parse_duration
    from devenv.seeds.kinds.namespace import RETENTION_LIMITS, check_retention

    if text is None:
        return None
    try:
        return check_retention(parse_duration(text, RETENTION_LIMITS))
    except ValueError as error:
        hint = "write it as 7d, 72h or 2w, at least 1h"
        raise InvalidInputError(str(error), place="RETENTION", hint=hint) from error
