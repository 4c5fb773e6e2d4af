"""`devenv config apply`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option, up_request

Restart = Annotated[
    bool, option("--restart", help="Restart the server where a changed value needs that to take effect")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "apply")(apply)


def apply(call: Call, restart: Restart = False) -> Answer:
    """Bring the project's dynamic config into effect, and wait until the server says that it is.

    Values that the server refuses are taken back. The embedded engine reads values only when it starts.

    Examples: devenv config apply · devenv config apply --restart · devenv config apply -o json
    """
    from devenv.cli.views.config import applied_config_document, applied_config_text
    from devenv.stack.config_apply import apply_config, restart_for_config

    desired = call.desired()
    applied = apply_config(call.stack, desired)
    if restart and applied.needs_restart:
        applied = restart_for_config(call.stack, applied, desired, up_request())
    return Answer(applied_config_document(applied), lambda console: applied_config_text(console, applied))
