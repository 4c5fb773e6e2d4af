"""`devenv plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.options import flag_only, option
from devenv.errors import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "plan", rich_help_panel="Declared state")(plan)


def plan(
    call: Call,
    prune: Annotated[bool, flag_only("--prune", help="Show what is declared nowhere as deletions")] = False,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 8 if there is anything to change")] = False,
) -> Answer:
    """Show what `apply` would change on the running stack; writes nothing.

    Examples: devenv plan · devenv plan --prune · devenv plan --exit-code -o json
    """
    from devenv.cli.output.changes import changes_text
    from devenv.stack.declared import plan_stack

    changes = plan_stack(call.stack, call.desired(), call.kit, prune=prune)
    return Answer(
        {"changes": [change.to_document() for change in changes]},
        lambda console: changes_text(console, changes),
        ExitCode.DIFFERENT if exit_code and changes else ExitCode.OK,
    )
