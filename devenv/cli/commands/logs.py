"""`devenv logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.stop import Services
from devenv.cli.options import option
from devenv.cli.output.formats import OutputFormat
from devenv.cli.stopping import be_deaf
from devenv.errors import ExitCode
from devenv.events import LogEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devenv.engines.protocol import LogLine


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "logs", rich_help_panel="Stack")(logs)


def logs(
    call: Call,
    services: Services = None,
    follow: Annotated[bool, option("-f", "--follow", help="Go on with new lines until Ctrl-C")] = False,
    tail: Annotated[
        int | None, option("--tail", help="Only so many last lines of each service", metavar="LINES", min=0)
    ] = None,
) -> Answer:
    """Show the logs, each line with its service.

    Examples: devenv logs · devenv logs -f temporal · devenv logs --tail 50
    """
    from devenv.stack.lifecycle import existing_engine

    engine = existing_engine(call.stack, call.kit, services or ())
    lines = engine.logs(call.stack, services or (), follow=follow, tail=tail)
    if call.output is OutputFormat.JSON:
        return Answer({"lines": [vars(line) for line in lines]})
    if call.output is OutputFormat.JSONL:
        for line in lines:
            call.reporter.report(LogEvent(line.service, line.text))
    else:
        _print(lines, keeps_colours=not call.answers.no_color and call.answers.is_terminal)
    return Answer()


def _print(lines: Iterable[LogLine], *, keeps_colours: bool) -> None:
    from devenv.cli.output.visible import log_line, one_line

    try:
        for line in lines:
            print_line = log_line(line.text, keeps_colours=keeps_colours)
            typer.echo(f"{one_line(line.service):<10} | {print_line}")
    except KeyboardInterrupt:
        # The only way to end `--follow`: nothing went wrong, so there is nothing to tell.
        be_deaf()
        raise typer.Exit(ExitCode.INTERRUPTED) from None
