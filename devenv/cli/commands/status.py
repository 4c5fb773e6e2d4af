"""`devenv status`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.errors import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status", rich_help_panel="Stack")(status)


def status(
    call: Call,
    exit_code: Annotated[
        bool, option("--exit-code", help="Exit 8 unless the stack is ready and without drift")
    ] = False,
) -> Answer:
    """Show what runs, where, the declared namespaces, and drift.

    Examples: devenv status · devenv status -o json · devenv status --exit-code
    """
    from devenv.cli.views.stack import report_document, status_text
    from devenv.stack.report import StackState
    from devenv.stack.status import get_status

    report = get_status(call.stack, call.desired())
    is_as_declared = report.state is StackState.READY and not (
        report.drift or report.versions or report.config
    )
    code = ExitCode.DIFFERENT if exit_code and not is_as_declared else ExitCode.OK
    return Answer(report_document(report), lambda console: status_text(console, report, call.options), code)
