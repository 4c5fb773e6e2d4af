"""`devenv doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.errors import ExitCode, PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.doctor.checks import CheckResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor", rich_help_panel="Help")(doctor)


def doctor(call: Call) -> Answer:
    """Check what a stack needs from this machine.

    Example: devenv doctor
    """
    from devenv.cli.views.machine import checks_document, checks_text
    from devenv.doctor.checks import run_checks
    from devenv.project.state import state_dir

    settings = call.settings()
    ports = [*settings.ports.to_ports().numbers.values()]
    machine = call.wiring.build_machine(settings, call.stack)
    results = run_checks(machine, ports, state_dir())
    is_usable = any(each.name == "embedded-engine" and each.status == "ok" for each in results) or all(
        each.status != "fail" for each in results
    )
    fields = checks_document(results)
    return Answer(
        fields if is_usable else fields | _failure(results),
        lambda console: checks_text(console, results),
        ExitCode.OK if is_usable else ExitCode.PREREQUISITE_MISSING,
        about_stack=False,
    )


def _failure(results: Sequence[CheckResult]) -> dict[str, Any]:
    from devenv.cli.output.documents import failure_fields

    first, *others = [each for each in results if each.status == "fail"]
    details = [f"{each.name}: {each.detail}" for each in others]
    return failure_fields(
        PrerequisiteError(f"{first.name}: {first.detail}", details=details, hint=first.hint)
    )
