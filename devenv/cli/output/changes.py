"""How a list of changes looks to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.cli.output.visible import one_line
from devenv.seeds.changes import Change
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.stack.data_versions import VersionChange

_STYLES = {Action.CREATE: "good", Action.UPDATE: "warn", Action.DELETE: "bad"}


def changes_text(console: Console, changes: Sequence[Change | VersionChange]) -> None:
    """Print one line for each change."""
    for change in changes:
        action, obstacle = _action_of(change)
        style = "bad" if obstacle else _STYLES[action]
        console.print(f"[{style}]{escape(one_line(change.text))}[/]", soft_wrap=True)
        if obstacle:
            console.print(f"  cannot be applied: {one_line(obstacle)}", markup=False, soft_wrap=True)
    if not changes:
        console.print("No changes.")


def _action_of(change: Change | VersionChange) -> tuple[Action, str | None]:
    """Return what is done, and what stands in the way."""
    return (change.action, change.obstacle) if isinstance(change, Change) else (Action.UPDATE, None)
