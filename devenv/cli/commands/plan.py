"""`devenv plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.options import flag_only, option
from devenv.cli.server_options import with_server_options
from devenv.errors import ExitCode
from devenv.temporal.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.views.changes import AnyChange


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "plan", rich_help_panel="Declared state")(with_server_options(plan))


def plan(
    call: Call,
    elsewhere: Server | None,
    prune: Annotated[bool, flag_only("--prune", help="Show what is declared nowhere as deletions")] = False,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 8 if there is anything to change")] = False,
) -> Answer:
    """Show what `apply` would change on the running stack, or how any other server differs; writes nothing.

    Dynamic config is part of it. Versions that differ from those that the data was made with are shown, too;
    these change with `up`.

    Examples: devenv plan · devenv plan --exit-code -o json · devenv plan --profile staging
    """
    from devenv.cli.views.changes import changes_document, changes_text

    changes = _plan(call, elsewhere, prune=prune)
    return Answer(
        {"changes": changes_document(changes)},
        lambda console: changes_text(console, changes),
        ExitCode.DIFFERENT if exit_code and changes else ExitCode.OK,
        about_stack=elsewhere is None,
    )


def _plan(call: Call, elsewhere: Server | None, *, prune: bool) -> Sequence[AnyChange]:
    from devenv.stack.declared import plan_config, plan_server, plan_stack, plan_versions

    desired = call.desired()
    if elsewhere is None:
        changes = plan_stack(call.stack, desired, prune=prune)
        return [*plan_versions(call.stack, desired), *changes, *plan_config(call.stack, desired)]
    return plan_server(call.wiring.connect_elsewhere(elsewhere), desired.seeds, prune=prune)
