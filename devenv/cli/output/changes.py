"""How a list of changes looks to people, and to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from devenv.cli.output.visible import one_line
from devenv.seeds.changes import Change
from devenv.seeds.wording import change_document, change_line
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.dynamicconfig.changes import ConfigDrift
    from devenv.stack.data_versions import VersionChange

    AnyChange = Change | VersionChange | ConfigDrift

_STYLES = {Action.CREATE: "good", Action.UPDATE: "warn", Action.DELETE: "bad"}


def changes_text(console: Console, changes: Sequence[AnyChange]) -> None:
    """Print one line for each change."""
    for change in changes:
        if isinstance(change, Change):
            _print_change(console, change)
        else:
            _print_line(console, change.text, _STYLES[Action.UPDATE])
    if not changes:
        console.print("No changes.")


def changes_documents(changes: Sequence[AnyChange]) -> list[dict[str, Any]]:
    """Return the JSON form of each change."""
    return [
        change_document(change) if isinstance(change, Change) else change.to_document() for change in changes
    ]


def _print_change(console: Console, change: Change) -> None:
    _print_line(console, change_line(change), "bad" if change.obstacle else _STYLES[change.action])
    if change.obstacle:
        console.print(f"  cannot be applied: {one_line(change.obstacle)}", markup=False, soft_wrap=True)


def _print_line(console: Console, line: str, style: str) -> None:
    console.print(f"[{style}]{escape(one_line(line))}[/]", soft_wrap=True)
