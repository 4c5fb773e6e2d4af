"""`devenv config apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.up import up_request
from devenv.cli.options import option

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.dynamicconfig.model import Entry
    from devenv.stack.config_apply import AppliedConfig

Restart = Annotated[
    bool, option("--restart", help="Restart the server where a changed value needs that to take effect")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "apply")(apply)


def apply(call: Call, restart: Restart = False) -> Answer:
    """Bring the project's dynamic config into effect, and wait until the server says that it is.

    Values that the server refuses are taken back. The embedded engine reads values only when it starts.

    Examples: devenv config apply · devenv config apply --restart · devenv config apply -o json
    """
    from devenv.stack.config_apply import apply_config, restart_for_config

    desired = call.desired()
    applied = apply_config(call.stack, desired, call.kit)
    if restart and applied.needs_restart:
        applied = restart_for_config(call.stack, applied, desired, up_request(), call.kit)
    return Answer(applied.to_document(), lambda console: _print(console, applied))


def _print(console: Console, applied: AppliedConfig) -> None:
    console.print(_headline(applied), soft_wrap=True)
    _print_changes(console, applied)
    for key in applied.after_restart:
        console.print(f"[warn]after restart:[/] {key} is read only when the server starts", soft_wrap=True)
    for sentence in applied.not_enforced:
        console.print(
            f"[warn]not enforced by the embedded engine:[/] {sentence}", markup=True, soft_wrap=True
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
    from rich.markup import escape

    names = [_where(change) for change in applied.changes]
    width = max(map(len, names), default=0)
    for name, change in zip(names, applied.changes, strict=True):
        values = f"{_value(change.before)} → {_value(change.after)}"
        console.print(f"  {escape(name.ljust(width))}  {escape(values)}", soft_wrap=True)


def _where(change: ConfigChange) -> str:
    if not change.constraints:
        return change.key
    constraints = ", ".join(f"{name}: {value}" for name, value in sorted(change.constraints.items()))
    return f"{change.key} {{{constraints}}}"


def _value(entry: Entry | None) -> Any:
    """Return a value as YAML has it in one line; without an entry the server has its own default."""
    import json

    return "default" if entry is None else json.dumps(entry.value, default=str)
