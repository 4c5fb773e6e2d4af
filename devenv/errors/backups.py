"""What goes wrong with the backups of the add-on `backups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError

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
