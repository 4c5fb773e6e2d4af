"""`backup now` and `backup list`: base backups of the database of a stack, by the add-on `backups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.addons.backups import backups_of, make_backup
from devenv.errors import BackupFailedError, BackupsOffError, CommandFailedError
from devenv.stack.progress import Progress

if TYPE_CHECKING:
    from devenv.addons.backups import Backup
    from devenv.stack.stack import Observation, Stack

ADDON = "backups"


def back_up(stack: Stack) -> Backup:
    """Make a full backup of `stack`, which runs, and return it.

    Raises:
        BackupsOffError: The stack makes none.
        NotRunningError: It does not run.
        BackupFailedError: The repository takes none; nothing is lost.
    """
    with stack.lock():
        now = _require_backups(stack)
        with Progress(stack.deps.reporter, stack.deps.clock).step("backup") as step:
            try:
                make_backup(now.engine, stack.identity, is_full=True)
            except CommandFailedError as error:
                raise BackupFailedError(error.details) from error
            newest = backups_of(now.engine, stack.identity)[-1]
            step.outcome = newest.name
    return newest


def list_backups(stack: Stack) -> list[Backup]:
    """Return the backups of `stack`, which runs, the newest last.

    Raises:
        BackupsOffError: The stack makes none.
        NotRunningError: It does not run.
    """
    return backups_of(_require_backups(stack).engine, stack.identity)


def _require_backups(stack: Stack) -> Observation:
    now = stack.require_exists()
    addon = next((each for each in now.record.addons if each.name == ADDON), None)
    if addon is None:
        raise BackupsOffError(stack.name)
    if addon.lacks:
        raise BackupsOffError(stack.name, f"the {now.engine.name} engine leaves out {addon.lacks}")
    return now
