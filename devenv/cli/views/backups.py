"""What the commands of `devenv backup` answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape
from devenv.cli.views.stack import report_document
from devenv.files.moments import shown_moment
from devenv.stack.report import StackState
from devenv.stack.snapshots import size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.addons.backups.repository import Backup
    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.restore import Restored


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
        "earliest": backups[0].recovers_from.isoformat() if backups else None,
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
        (each.name, each.kind, shown_moment(each.finished_at), size_text(each.size), size_text(each.stored))
        for each in backups
    ]
    console.columns([("BACKUP", "KIND", "FINISHED", "DATABASE", "TAKES"), *rows])
    console.say("\nNext:")
    console.say("  [hint]devenv restore --to TIME[/]   have the database as it was at any moment since")
    console.say(f"                             {shown_moment(backups[0].recovers_from)}, or by a name above")


def restored_document(restored: Restored) -> dict[str, Any]:
    """Return what was restored, beside the report of the stack."""
    return {
        **report_document(restored.report),
        "backup": restored.plan.backup.name,
        "restored_to": restored.plan.until.isoformat() if restored.plan.until else None,
        "snapshot": restored.snapshot,
    }


def restored_text(console: SafeConsole, restored: Restored) -> None:
    """Print what the stack has now, and how to go back."""
    report = restored.report
    now = "and is ready" if report.state is StackState.READY else "`devenv up` brings it up"
    console.say(f"The stack {escape(report.stack)} has the database of {escape(restored.plan.title)}, {now}.")
    if restored.snapshot:
        console.say("\nNext:")
        console.say(
            f"  [hint]devenv snapshot restore {escape(restored.snapshot)}[/]   go back to what was before"
        )
