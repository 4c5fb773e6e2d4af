"""`devenv restore`: the database of a stack as it was."""

from __future__ import annotations

from typing import Annotated

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import NoSnapshot, Timeout, flag_only
from devenv.cli.questions import with_trust

To = Annotated[str, flag_only("--to", help="A moment (2026-03-01T18:30:05) or a backup", metavar="TIME|NAME")]


@command("restore", panel="Stack")
def restore(
    call: Call,
    to: To,
    no_snapshot: NoSnapshot = False,
    any_port: options.AnyPort = False,
    timeout: Timeout = None,
) -> Answer:
    """Have the database as it was at a moment, or in a backup, after a confirmation.

    That needs the add-on backups. What the stack had is saved as a snapshot before. A stack that runs is
    brought up again with it; another one has it at the next `devenv up`.

    Examples: devenv restore --to 2026-03-01T18:30:05 · devenv restore --to 20260301-120000F --yes
    """
    from devenv.cli.views.backups import restored_document, restored_text
    from devenv.stack.backups import choose_recovery
    from devenv.stack.restore import restore_to

    desired = call.desired(options.overrides(None, timeout))
    plan = choose_recovery(call.stack, desired.settings, to)
    what = f"Restoring the stack {call.stack_name} to {plan.title}, which replaces all of its data,"
    options.confirm_replacement(call, what)
    request = options.up_request(no_snapshot=no_snapshot, any_port=any_port)
    restored = with_trust(call, lambda: restore_to(call.stack, desired, request, plan))
    return Answer(restored_document(restored), lambda console: restored_text(console, restored))
