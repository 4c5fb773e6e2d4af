"""`devenv config show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.dynamicconfig.model import Entry


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "show")(show)


def show(call: Call) -> Answer:
    """Print the dynamic config file that the server reads, with the place where each value was written.

    Examples: devenv config show · devenv config show -o json
    """
    from devenv.dynamicconfig.render import render_with_places

    config = call.desired().dynamic_config
    text = render_with_places(config)
    fields = {"text": text, "entries": [_fields(entry) for entry in config.entries]}
    return Answer(fields, lambda console: _print(console, text), about_stack=False)


def _print(console: Console, text: str) -> None:
    from devenv.cli.output.terminal import print_data

    print_data(console, text)


def _fields(entry: Entry) -> dict[str, Any]:
    from devenv.dynamicconfig.model import jsonable

    return {
        "key": entry.key,
        "value": jsonable(entry.value),
        "constraints": dict(entry.constraints),
        "place": entry.place,
        "layer": entry.layer,
    }
