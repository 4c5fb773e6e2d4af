"""`devenv config keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.dynamicconfig.catalog.model import Setting

Pattern = Annotated[
    str, typer.Argument(metavar="PATTERN", help="Words that a key must have, all of them; `*` is any text")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "keys")(keys)


def keys(call: Call, pattern: Pattern = "") -> Answer:
    """List the dynamic config keys of the project's server version, with type, precedence and default.

    Examples: devenv config keys · devenv config keys blobSize · devenv config keys "namespace rps"
    """
    from devenv.stack.desired import knowledge_of

    settings = knowledge_of(call.settings(), None).catalog.search(pattern)
    fields = [setting_fields(setting) for setting in settings]
    return Answer({"keys": fields}, lambda console: _print(console, settings), about_stack=False)


def setting_fields(setting: Setting) -> dict[str, Any]:
    """Return what a JSON document says about a setting."""
    return {
        "key": setting.key,
        "type": setting.type.value,
        "precedence": setting.precedence.value,
        "default": setting.default,
        "read": setting.read,
        "description": setting.description,
    }


def _print(console: Console, settings: list[Setting]) -> None:
    if not settings:
        console.print("no such key; `devenv config keys` lists all")
        return
    rows = [("KEY", "TYPE", "PRECEDENCE", "DEFAULT")]
    rows += [
        (each.key, each.type.value, each.precedence.value, _short(each.default_text)) for each in settings
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # not a table of rich: a key is there to be copied, and never cut
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print("  ".join(cells).rstrip(), markup=False, soft_wrap=True)


def _short(default: str) -> str:
    return default if len(default) <= _WIDEST else "…"


_WIDEST = 30
