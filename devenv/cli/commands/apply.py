"""`devenv apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import flag_only

if TYPE_CHECKING:
    from devenv.seeds.changes import Change
    from devenv.stack.desired import Desired


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "apply", rich_help_panel="Declared state")(apply)


def apply(
    call: Call,
    prune: Annotated[bool, flag_only("--prune", help="Delete what is declared nowhere")] = False,
) -> Answer:
    """Make the running stack what is declared, dynamic config too, and wait until all of it is usable.

    It can be interrupted and run again at any point. `up` does the same, and never deletes.

    Examples: devenv apply · devenv apply --prune · devenv apply --prune --yes -o json
    """
    from devenv.cli.views.changes import applied_document, applied_text
    from devenv.stack.config_apply import apply_config
    from devenv.stack.declared import apply_to_stack

    desired = call.desired()
    desired.read_all()
    deletions = _confirmed_deletions(call, desired) if prune else []
    config = apply_config(call.stack, desired)
    changes = apply_to_stack(call.stack, desired, deletions=deletions)
    return Answer(applied_document(changes, config), lambda console: applied_text(console, changes, config))


def _confirmed_deletions(call: Call, desired: Desired) -> list[Change]:
    """Return what the user agrees to lose."""
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.changes import changes_text
    from devenv.stack.declared import plan_seeds
    from devenv.stack.reconcile import deletions_of

    deletions = deletions_of(plan_seeds(call.stack.require_serving(), desired, prune=True))
    if deletions:
        if not call.options.yes:
            changes_text(call.messages, deletions)
        confirm_by_typing(
            call, f"Deleting {len(deletions)} things that are declared nowhere", call.stack_name
        )
    return deletions
