"""`devenv backup`: backups of a stack's database, by the add-on `backups`."""

from __future__ import annotations

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call

GROUP = group("backup", panel="Stack", help="Backups of a stack's database, with the add-on backups.")


@command("now", group=GROUP)
def now(call: Call) -> Answer:
    """Make a full backup of the database while it runs.

    Examples: devenv backup now · devenv backup now -o json
    """
    from devenv.cli.views.backups import backup_document, made_text
    from devenv.stack.backups import back_up

    backup = back_up(call.stack)
    return Answer({"backup": backup_document(backup)}, lambda console: made_text(console, backup))


@command("list", group=GROUP)
def list_(call: Call) -> Answer:
    """List the backups of the stack, and since when it can be restored.

    Examples: devenv backup list · devenv backup list -o json
    """
    from devenv.cli.views.backups import backups_document, backups_text
    from devenv.stack.backups import list_backups

    backups = list_backups(call.stack, call.settings())
    return Answer(backups_document(backups), lambda console: backups_text(console, backups))
