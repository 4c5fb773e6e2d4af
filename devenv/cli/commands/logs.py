"""`devenv logs`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Services, option
from devenv.cli.output.formats import OutputFormat
from devenv.cli.stopping import be_deaf
from devenv.errors import ExitCode
from devenv.events import LogEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devenv.cli.output.terminal import SafeConsole
    from devenv.engines.protocol import LogLine
    from devenv.temporal.server_log import ReadableLine

_RED, _YELLOW, _DIM, _NO_COLOUR = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_COLOURS = {
    **dict.fromkeys(("ERROR", "FATAL", "PANIC", "DPANIC"), _RED),
    **dict.fromkeys(("WARN", "WARNING"), _YELLOW),
    "DEBUG": _DIM,
}


@command("logs", panel="Stack")
def logs(
    call: Call,
    services: Services = None,
    follow: Annotated[bool, option("-f", "--follow", help="Go on with new lines until Ctrl-C")] = False,
    tail: Annotated[
        int | None, option("--tail", help="Only so many last lines of each service", metavar="LINES", min=0)
    ] = None,
    raw: Annotated[bool, option("--raw", help="Lines as they are, JSON too")] = False,
) -> Answer:
    """Show the logs, each line with its service.

    Lines of JSON, as Temporal writes them, are made readable: level, message, what matters of the rest.

    Examples: devenv logs · devenv logs -f temporal · devenv logs --tail 50 · devenv logs --raw temporal
    """
    now = call.stack.require_exists(services or ())
    lines = now.engine.logs(call.stack.identity, services or (), follow=follow, tail=tail)
    if call.output is OutputFormat.JSON:
        return Answer({"lines": [{"service": line.service, "text": line.text} for line in lines]})
    if call.output is OutputFormat.JSONL:
        for line in lines:
            call.reporter.report(LogEvent(line.service, line.text))
    elif raw:
        _print_raw(lines, call.answers)
    else:
        _print_readable(lines, call.answers)
    return Answer()


def _print_readable(lines: Iterable[LogLine], console: SafeConsole) -> None:
    from devenv.cli.output.visible import one_line
    from devenv.temporal.server_log import readable

    keeps_colours = console.is_terminal and not console.no_color
    with _until_interrupted():
        for line in lines:
            for text in _shown(readable(line.text), keeps_colours=keeps_colours):
                typer.echo(f"{one_line(line.service):<10} | {text}")


def _print_raw(lines: Iterable[LogLine], console: SafeConsole) -> None:
    with _until_interrupted():
        for line in lines:
            console.data(f"{line.service:<10} | {line.text}\n")


def _shown(line: ReadableLine, *, keeps_colours: bool) -> Iterator[str]:
    """Yield a line as a terminal or a file gets it; its level is in colour where colours are."""
    from devenv.cli.output.visible import log_line

    first, *below = (log_line(text, keeps_colours=keeps_colours) for text in line.lines())
    colour = _COLOURS.get(line.level, "") if keeps_colours else ""
    if colour:
        time = log_line(line.time, keeps_colours=False)
        first = first.replace(f"{time} {line.level}", f"{time} {colour}{line.level}{_NO_COLOUR}", 1)
    yield first
    yield from below


@contextmanager
def _until_interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        be_deaf()
        # The only way to end `--follow`: nothing went wrong, so there is nothing to tell.
        raise typer.Exit(ExitCode.INTERRUPTED) from None
