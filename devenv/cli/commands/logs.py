"""`devenv logs`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import Services, option
from devenv.cli.output.formats import OutputFormat
from devenv.cli.stopping import Terminated, be_deaf
from devenv.errors import ExitCode, InterruptedByUserError, TerminatedError
from devenv.events import LogEvent, warn
from devenv.files.durations import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devenv.cli.output.terminal import SafeConsole
    from devenv.engines.log_lines import Level
    from devenv.engines.protocol import LogLine
    from devenv.stack.logs import LogRequest
    from devenv.temporal.server_log import ReadableLine

LEVEL_NAMES = ("debug", "info", "warn", "error", "fatal")
# How a time begins, which no duration does.
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")

_RED, _YELLOW, _DIM, _NO_COLOUR = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
# By the names of `Level`.
_COLOURS = {"FATAL": _RED, "ERROR": _RED, "WARN": _YELLOW, "DEBUG": _DIM}


def _level(text: str) -> Level:
    from devenv.engines.log_lines import LEVELS

    level = LEVELS.get(text.upper())
    if level is None:
        names = ", ".join(f"'{name}'" for name in LEVEL_NAMES)
        raise typer.BadParameter(f"'{text}' is not one of {names}.")
    return level


def _moment(text: str) -> datetime:
    """Return the moment that `text` names, or so long ago."""
    if TIME.match(text):
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise typer.BadParameter(f'"{text}" has no time zone: write {text}Z, or an offset as +02:00')
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise typer.BadParameter(f'"{text}" is no time: {error}') from error
    try:
        return datetime.now(UTC) - parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{error}; or a time such as 2026-11-28T13:00:00Z") from error


@command("logs", panel="Stack")
def logs(
    call: Call,
    services: Services = None,
    workflow: Annotated[
        str, option("--workflow", help="Only what is about the workflow of this ID", metavar="ID")
    ] = "",
    namespace: Annotated[
        str,
        option("-n", "--namespace", help="Only what is about this Temporal namespace", metavar="NAME"),
    ] = "",
    level: Annotated[
        Any,
        option(
            "--level",
            help="Only this level and worse ones",
            metavar="|".join(LEVEL_NAMES),
            parser=_level,
            autocompletion=lambda: list(LEVEL_NAMES),
        ),
    ] = None,
    since: Annotated[
        Any,
        option(
            "--since",
            help="Only from then on, as 10m or 2026-11-28T13:00:00Z",
            metavar="TIME",
            parser=_moment,
        ),
    ] = None,
    follow: Annotated[bool, option("-f", "--follow", help="Go on with new lines until Ctrl-C")] = False,
    tail: Annotated[
        int | None, option("--tail", help="Only so many last lines of each service", metavar="LINES", min=0)
    ] = None,
    raw: Annotated[bool, option("--raw", help="Lines as they are, JSON too")] = False,
) -> Answer:
    """Show the logs, each line with its service.

    Lines of JSON, as Temporal writes them, are made readable: level, message, what matters of the rest.
    With --workflow, --namespace or --level lines that belong to one that is found, as a stack trace does, are
    shown, too, and --tail counts what is found.

    Examples: devenv logs · devenv logs -f temporal · devenv logs --workflow order-7
      · devenv logs --tail 20 --level error · devenv logs --since 10m --raw temporal
    """
    with _until_stopped(call):
        from devenv.stack.logs import LogRequest

        return _answer(
            call, LogRequest(services or (), level, workflow, namespace, since, tail, follow), raw=raw
        )


def _answer(call: Call, asked: LogRequest, *, raw: bool) -> Answer:
    from devenv.stack.logs import read_logs

    now = call.stack.require_exists(asked.services)
    lines = _or_warning(read_logs(now, asked), asked, call)
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


def _or_warning(lines: Iterator[LogLine], asked: LogRequest, call: Call) -> Iterator[LogLine]:
    """Yield `lines`; if there are none, warn that nothing is what was asked for."""
    is_empty = True
    for line in lines:
        is_empty = False
        yield line
    given = {
        "--workflow": asked.workflow,
        "--namespace": asked.namespace,
        "--level": asked.level.name.lower() if asked.level is not None else "",
        "--since": asked.since.isoformat(timespec="seconds") if asked.since is not None else "",
    }
    options = " ".join(f"{name} {value}" for name, value in given.items() if value)
    if is_empty and options and asked.tail != 0:
        about_code = "; what the code of a workflow logs is where its worker runs" if asked.workflow else ""
        warn(call.reporter, f"no line is found by {options}{about_code}")


def _print_readable(lines: Iterable[LogLine], console: SafeConsole) -> None:
    from devenv.cli.output.visible import one_line
    from devenv.temporal.server_log import readable

    keeps_colours = console.is_terminal and not console.no_color
    for line in lines:
        for text in _shown(readable(line.text), keeps_colours=keeps_colours):
            typer.echo(f"{one_line(line.service):<10} | {text}")


def _print_raw(lines: Iterable[LogLine], console: SafeConsole) -> None:
    for line in lines:
        console.data(f"{line.service:<10} | {line.text}\n")


def _shown(line: ReadableLine, *, keeps_colours: bool) -> Iterator[str]:
    """Yield a line as a terminal or a file gets it; its level is in colour where colours are."""
    from devenv.cli.output.visible import log_line
    from devenv.engines.log_lines import LEVELS

    first, *below = (log_line(text, keeps_colours=keeps_colours) for text in line.lines())
    level = LEVELS.get(line.level)
    colour = _COLOURS.get(level.name) if level is not None and keeps_colours else None
    if colour is not None:
        time = log_line(line.time, keeps_colours=False)
        first = first.replace(f"{time} {line.level}", f"{time} {colour}{line.level}{_NO_COLOUR}", 1)
    yield first
    yield from below


@contextmanager
def _until_stopped(call: Call) -> Iterator[None]:
    """End as Ctrl-C and SIGTERM have to end a command that creates nothing."""
    try:
        yield
    except KeyboardInterrupt:
        if call.output is not OutputFormat.TEXT:
            raise InterruptedByUserError(left="", hint="") from None
        be_deaf()
        # The only way to end `--follow`: nothing went wrong, so there is nothing to tell.
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        raise TerminatedError(left="", hint="") from None
