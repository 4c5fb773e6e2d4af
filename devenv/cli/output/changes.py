"""How a list of changes looks to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.cli.output.visible import one_line
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.seeds.changes import Change

_STYLES = {Action.CREATE: "good", Action.UPDATE: "warn", Action.DELETE: "bad"}


def changes_text(console: Console, changes: Sequence[Change]) -> None:
    """Print one line for each change."""
    for change in changes:
        console.print(f"[{_STYLES[change.action]}]{escape(one_line(change.text))}[/]", soft_wrap=True)
    if not changes:
        console.print("No changes.")
