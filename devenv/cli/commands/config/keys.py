"""`devenv config keys`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

Pattern = Annotated[
    str, typer.Argument(metavar="PATTERN", help="Words that a key must have, all of them; `*` is any text")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "keys")(keys)


def keys(call: Call, pattern: Pattern = "") -> Answer:
    """List the dynamic config keys of the project's server version, with type, precedence and default.

    Examples: devenv config keys · devenv config keys blobSize · devenv config keys "namespace rps"
    """
    from devenv.cli.views.config import keys_document, keys_text
    from devenv.stack.desired import knowledge_of

    settings = knowledge_of(call.settings(), None).catalog.search(pattern)
    return Answer(keys_document(settings), lambda console: keys_text(console, settings), about_stack=False)
