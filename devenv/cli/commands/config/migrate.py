"""`devenv config migrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "migrate")(migrate)


def migrate(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dynamic config file in the server's form")],
) -> Answer:
    """Print a corrected version of an old dynamic config file, without errors; the file stays as it is.

    Examples: devenv config migrate old.yaml > dynamicconfig/limits.yaml
    """
    from devenv.dynamicconfig.migrate import migrate as migrate_file
    from devenv.stack.desired import knowledge_of

    migrated = migrate_file(file, knowledge_of(call.settings(), None).catalog)
    fields = {"text": migrated.text, "changes": list(migrated.changes)}
    return Answer(fields, lambda console: console.data(migrated.text), about_stack=False)
