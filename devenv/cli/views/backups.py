"""What the commands of `devenv backup` answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape
from devenv.stack.snapshots import size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from devenv.addons.backups import Backup
    from devenv.cli.output.terminal import SafeConsole


def backup_document(backup: Backup) -> dict[str, Any]:
    """Return the fields of one backup."""
    return {
        "name": backup.name,
        "kind": backup.kind,
        "started_at": backup.started_at.isoformat(),
        "finished_at": backup.finished_at.isoformat(),
        "size_bytes": backup.size,
        "stored_bytes": backup.stored,
    }


def backups_document(backups: Sequence[Backup]) -> dict[str, Any]:
    """Return all backups, and the earliest moment that can be restored, null without a backup."""
    return {
        "backups": [backup_document(each) for each in backups],
        "earliest": backups[0].finished_at.isoformat() if backups else None,
    }


def made_text(console: SafeConsole, backup: Backup) -> None:
    """Print that a backup was made."""
    size = f"{size_text(backup.size)}, which take {size_text(backup.stored)}"
    console.say(f"The backup {escape(backup.name)} is made: {size}.")


def backups_text(console: SafeConsole, backups: Sequence[Backup]) -> None:
    """Print a row for each backup."""
    if not backups:
        console.say("No backups. `devenv backup now` makes one.")
        return
    rows = [
        (each.name, each.kind, local(each.finished_at), size_text(each.size), size_text(each.stored))
        for each in backups
    ]
    console.columns([("BACKUP", "KIND", "FINISHED", "DATABASE", "TAKES"), *rows])


def local(moment: datetime) -> str:
    """Return a moment in the time zone of the machine, as people read and type it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
