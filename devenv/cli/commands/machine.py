"""`devenv doctor` and `version`: what there is for a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.errors import ExitCode, PrerequisiteError
from devenv.registry import AUTO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.doctor.checks import CheckResult
    from devenv.project.settings import Settings


@command("doctor", panel="Help")
def doctor(call: Call) -> Answer:
    """Check what a stack needs from this machine; exit 4 if it cannot run here.

    The project's engine has to be usable, or that of its stack; where neither is said, any will do.

    Example: devenv doctor
    """
    from devenv.cli.views.machine import checks_document, checks_text
    from devenv.doctor.checks import run_checks, usable_engines
    from devenv.project.directories import state_dir
    from devenv.stack.addon_plan import with_addon_ports

    settings = call.settings()
    addons = call.addons()
    record = call.stack.record
    usual = record.ports if record else settings.ports.to_ports()
    of_addons = with_addon_ports(addons, usual).numbers
    declared = settings.ports.to_ports().numbers
    ports = [*declared.values(), *(of_addons[name] for name in of_addons if name not in declared)]
    machine = call.wiring.build_machine(settings, addons, call.stack)
    results = run_checks(machine, ports, state_dir())
    usable = usable_engines(results)
    bound_to = _engine_of(call, settings)
    is_usable = bound_to in usable if bound_to else bool(usable)
    fields = checks_document(results, usable)
    return Answer(
        fields if is_usable else fields | _failure(results),
        lambda console: checks_text(console, results, usable, bound_to),
        ExitCode.OK if is_usable else ExitCode.PREREQUISITE_MISSING,
        about_stack=False,
    )


def _engine_of(call: Call, settings: Settings) -> str | None:
    """Return the engine that the project asks for, or else that its stack is on; None if any will do."""
    if settings.engine != AUTO:
        return settings.engine
    record = call.stack.record
    return record.engine if record else None


def _failure(results: Sequence[CheckResult]) -> dict[str, Any]:
    from devenv.cli.output.documents import failure_fields

    first, *others = [each for each in results if each.status == "fail"]
    details = [f"{each.name}: {each.detail}" for each in others]
    return failure_fields(
        PrerequisiteError(f"{first.name}: {first.detail}", details=details, hint=first.hint)
    )


@command("version", panel="Help")
def version(call: Call) -> Answer:  # noqa: ARG001  every command takes its call
    """Show the versions of devenv and of what it runs by default.

    Example: devenv version -o json
    """
    from devenv.cli.views.machine import version_document, version_text

    return Answer(version_document(), version_text, about_stack=False)
