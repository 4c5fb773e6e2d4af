"""What the commands of `devenv snapshot` answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape
from devenv.stack.report import StackState
from devenv.stack.snapshots import size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.report import StackReport
    from devenv.stack.snapshots import ListedSnapshot


def snapshot_document(snapshot: ListedSnapshot) -> dict[str, Any]:
    """Return the fields of one snapshot; of one that cannot be read, `problem` says why."""
    manifest = snapshot.manifest
    return {
        "name": snapshot.name,
        "stack": manifest.stack if manifest else None,
        "project": manifest.project if manifest else None,
        "engine": manifest.engine if manifest else None,
        "created_at": manifest.created_at.isoformat() if manifest else None,
        "size_bytes": snapshot.size,
        "server_version": manifest.server_version if manifest else None,
        "visibility": manifest.visibility if manifest else None,
        "image_family": manifest.image_family if manifest else None,
        "namespaces": list(manifest.namespaces) if manifest else [],
        "automatic": bool(manifest and manifest.automatic),
        "reason": manifest.automatic if manifest else "",
        "problem": snapshot.problem,
    }


def saved_text(console: SafeConsole, snapshot: ListedSnapshot) -> None:
    """Print that a snapshot was saved, and how it is used."""
    name = escape(snapshot.name)
    console.say(f"The snapshot {name} is saved, {size_text(snapshot.size)}.")
    console.say("\nNext:")
    console.say(f"  [hint]devenv snapshot restore {name}[/]             have this data again")
    console.say(f"  [hint]devenv up --stack NAME --snapshot {name}[/]   another stack with this data")


def snapshots_text(console: SafeConsole, snapshots: Sequence[ListedSnapshot], place: str) -> None:
    """Print a row for each snapshot, what is wrong with some, and how much room all take."""
    if not snapshots:
        console.say("No snapshots. `devenv snapshot save NAME` makes one.")
        return
    head = ("SNAPSHOT", "ENGINE", "SERVER", "CREATED", "SIZE", "STACK", "")
    console.columns([head, *(_row(each) for each in snapshots)])
    for each in snapshots:
        if each.problem:
            console.say(f"[bad]{escape(each.name)}:[/] {escape(each.problem)}")
    total = size_text(sum(each.size for each in snapshots))
    console.say(f"\n{total} in {escape(place)}")


def _row(snapshot: ListedSnapshot) -> tuple[str, ...]:
    manifest, size = snapshot.manifest, size_text(snapshot.size)
    if manifest is None:
        return (snapshot.name, "-", "-", "-", size, "-", "damaged")
    created = manifest.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
    server = manifest.server_version or "-"
    why = f"automatic: before {manifest.automatic}" if manifest.automatic else ""
    return (snapshot.name, manifest.engine, server, created, size, manifest.stack, why)


def restored_text(console: SafeConsole, report: StackReport, name: str) -> None:
    """Print that the stack has the data of a snapshot."""
    is_up = report.state is StackState.READY
    now = "and is ready" if is_up else "`devenv up` brings it up"
    console.say(f"The stack {escape(report.stack)} has the data of the snapshot {escape(name)}, {now}.")
