"""`devenv snapshot`: copies of a stack's data, by name."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import NoSnapshot, Timeout
from devenv.cli.questions import with_trust

GROUP = group("snapshot", panel="Stack", help="Copies of a stack's data, by name.")
SnapshotName = Annotated[str, typer.Argument(help="The snapshot", metavar="NAME")]


@command("save", group=GROUP)
def save(call: Call, name: SnapshotName) -> Answer:
    """Save the data of the stack; a server that runs is held for some seconds, and goes on.

    Examples: devenv snapshot save orders-filled · devenv snapshot save before-migration -o json
    """
    from devenv.cli.views.snapshots import saved_text, snapshot_document
    from devenv.stack.snapshots import listed, save_snapshot

    snapshot = listed(save_snapshot(call.stack, name))
    return Answer({"snapshot": snapshot_document(snapshot)}, lambda console: saved_text(console, snapshot))


@command("list", group=GROUP)
def list_(call: Call) -> Answer:
    """List all your snapshots, of all stacks, and how much room they take.

    Examples: devenv snapshot list · devenv snapshot list -o json
    """
    from devenv.cli.views.snapshots import snapshot_document, snapshots_text
    from devenv.stack.snapshots import list_snapshots

    snapshots = list_snapshots(call.deps)
    place = str(call.deps.store.snapshots.root)
    return Answer(
        {"snapshots": [snapshot_document(each) for each in snapshots]},
        lambda console: snapshots_text(console, snapshots, place),
        about_stack=False,
    )


@command("restore", group=GROUP)
def restore(
    call: Call,
    name: SnapshotName,
    no_snapshot: NoSnapshot = False,
    any_port: options.AnyPort = False,
    timeout: Timeout = None,
) -> Answer:
    """Make a snapshot the data of the stack, be it of this or of another one, after a confirmation.

    A stack that runs is brought up again with it; another one has it at the next `devenv up`.

    Examples: devenv snapshot restore orders-filled · devenv snapshot restore orders-filled -s copy --yes
    """
    from devenv.cli.views.snapshots import restored_text
    from devenv.cli.views.stack import report_document
    from devenv.stack.restore import restore as restore_data

    snapshot = options.chosen_snapshot(call, name)
    request = options.up_request(snapshot=snapshot, no_snapshot=no_snapshot, any_port=any_port)
    desired = call.desired(options.overrides(None, timeout))
    report = with_trust(call, lambda: restore_data(call.stack, desired, request))
    return Answer(report_document(report), lambda console: restored_text(console, report, name))


@command("rm", group=GROUP)
def remove(call: Call, name: SnapshotName) -> Answer:
    """Delete a snapshot.

    Example: devenv snapshot rm orders-filled
    """
    call.deps.store.snapshots.remove(name)
    return Answer(
        {"removed": name},
        lambda console: console.say(f"The snapshot {name} is deleted."),
        about_stack=False,
    )
