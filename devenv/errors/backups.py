"""What goes wrong with the backups of the add-on `backups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError
from devenv.errors.invalid_input import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


class BackupsOffError(DevenvError):
    """The stack makes no backups: the add-on is off, or left out on its engine."""

    code = "backups-off"

    def __init__(self, stack: str, reason: str = "the add-on backups is off") -> None:
        super().__init__(
            f"The stack {stack} makes no backups: {reason}",
            hint="run `devenv up --with backups`; it makes the first one",
        )


class BackupFailedError(DevenvError):
    """No backup was made; the write-ahead log is archived, or kept until it can be."""

    code = "backup-failed"

    def __init__(self, details: Sequence[str]) -> None:
        super().__init__(
            "No backup was made; those that there are, are as they were, and nothing is lost",
            details=details,
            hint="see what `devenv status` says of the archive, then run `devenv backup now` again; "
            "`devenv up` tries it, too",
        )


class RestoreTargetError(InvalidInputError):
    """No backup and no moment that can be restored; nothing was touched."""

    code = "restore-target-invalid"

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason, hint=hint)


class RecoveryFailedError(DevenvError):
    """The database could not be recovered beside the data of the stack, which is as it was and runs on."""

    code = "recovery-failed"

    def __init__(self, target: str, details: Sequence[str]) -> None:
        super().__init__(
            f"The database could not be recovered to {target}, and nothing was touched",
            details=details,
            hint="where the log ends before that moment, nothing was archived then: choose one before the "
            "last completed transaction, or a backup: `devenv backup list`",
        )


class VisibilityOutdatedError(DevenvError):
    """What lists workflows is to be made anew after a restore, and the add-on that does it is off."""

    code = "visibility-outdated"

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"The stack {stack} has the database of a backup, and its index is yet to be made of that",
            hint="run `devenv up --with backups` once",
        )
