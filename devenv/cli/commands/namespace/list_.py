"""`devenv namespace list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.stack.namespaces import NamespaceReport

BY_HAND = "in no seeds"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "list")(list_namespaces)


def list_namespaces(call: Call) -> Answer:
    """List the namespaces of the running stack, and where each is declared.

    Examples: devenv namespace list · devenv namespace list -o json
    """
    from devenv.stack.namespaces import list_namespaces as look

    reports = look(call.stack, call.desired())
    return Answer(
        {"namespaces": [report.to_document() for report in reports]}, lambda console: _print(console, reports)
    )


def _print(console: Console, reports: Sequence[NamespaceReport]) -> None:
    from devenv.cli.output.visible import one_line
    from devenv.files.durations import format_duration

    rows = [("NAME", "RETENTION", "DECLARED", "DESCRIPTION")]
    rows += [
        (
            report.namespace.name,
            format_duration(report.namespace.retention),
            report.declared_at or BY_HAND,
            " ".join(report.namespace.description.split()),
        )
        for report in reports
    ]
    shown = [tuple(map(one_line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:  # not a table of rich: a name is there to be copied, and never cut
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print("  ".join(cells).rstrip(), markup=False, soft_wrap=True)
