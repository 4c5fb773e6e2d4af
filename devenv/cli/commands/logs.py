"""`devenv logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.stop import Services
from devenv.cli.options import option
from devenv.cli.output.formats import OutputFormat
from devenv.errors import ExitCode

if TYPE_CHECKING:
    from devenv.engines.protocol import LogLine


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "logs", rich_help_panel="Stack")(logs)


def logs(
    call: Call,
    services: Services = None,
    follow: Annotated[bool, option("-f", "--follow", help="Go on as they are written")] = False,
    tail: Annotated[int | None, option("--tail", help="Only the last lines of each", min=0)] = None,
) -> Answer:
    """Show the logs, each line with its service.

    Examples: devenv logs · devenv logs -f temporal · devenv logs --tail 50
    """
    from devenv.stack.lifecycle import existing_engine

    engine = existing_engine(call.stack, call.kit, services or ())
    lines = engine.logs(call.stack, services or (), follow=follow, tail=tail)
    if call.output is OutputFormat.JSON:
        return Answer({"lines": [vars(line) for line in lines]})
    try:
        for line in lines:
            _print(line, call.output)
    except KeyboardInterrupt:
        # The only way to end `--follow`: nothing went wrong, so there is nothing to tell.
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return Answer()


def _print(line: LogLine, output: OutputFormat) -> None:
    import json

    if output is OutputFormat.JSONL:
        typer.echo(json.dumps({"event": "log", "step": line.service, "message": line.text}))
    else:
        typer.echo(f"{line.service:<10} | {line.text}")
