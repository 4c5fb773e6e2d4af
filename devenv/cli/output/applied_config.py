"""What `config apply` did, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.dynamicconfig.changes import located_key, values_line

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.stack.config_apply import AppliedConfig


def applied_config_text(console: Console, applied: AppliedConfig) -> None:
    """Print what changed, from what to what, and what waits for a restart."""
    console.print(_headline(applied), soft_wrap=True)
    _print_changes(console, applied)
    for key in applied.after_restart:
        console.print(
            f"[warn]after restart:[/] {escape(key)} is read only when the server starts", soft_wrap=True
        )
    for sentence in applied.not_enforced:
        console.print(
            f"[warn]not enforced by the embedded engine:[/] {escape(sentence)}", markup=True, soft_wrap=True
        )
    if applied.needs_restart:
        console.print("\nRestart the server now: [hint]devenv config apply --restart[/]")


def _headline(applied: AppliedConfig) -> str:
    keys = _counted(len(applied.changed_keys))
    if not applied.is_in_effect:
        return f"[warn]at the next start[/]: {keys} changed"
    if applied.seconds is None:
        return f"no changes: {_counted(applied.keys)} in effect"
    if not applied.changes:
        return f"[good]confirmed[/] in {applied.seconds:.1f} s: {_counted(applied.keys)} in effect"
    return f"[good]applied[/] in {applied.seconds:.1f} s: {keys} changed"


def _counted(keys: int) -> str:
    return f"{keys} key{'' if keys == 1 else 's'}"


def _print_changes(console: Console, applied: AppliedConfig) -> None:
    names = [located_key(change) for change in applied.changes]
    width = max(map(len, names), default=0)
    for name, change in zip(names, applied.changes, strict=True):
        console.print(f"  {escape(name.ljust(width))}  {escape(values_line(change))}", soft_wrap=True)
