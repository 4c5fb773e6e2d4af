"""`devenv start`."""

from __future__ import annotations

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.stop import Services
from devenv.cli.commands.up import Timeout, overrides, up_request


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "start", rich_help_panel="Stack")
    def start(call: Call, services: Services = None, timeout: Timeout = None) -> Answer:
        """Start a stopped stack and wait until it is usable.

        Examples: devenv start · devenv start opensearch
        """
        from devenv.stack.lifecycle import start as start_services

        return ready_answer(call, start_services, services or [], timeout)


def ready_answer(call: Call, operation: object, services: list[str], timeout: str | None) -> Answer:
    """Run `start` or `restart` and answer as `up` does."""
    from devenv.cli.output.reports import ready_text

    desired = call.desired(overrides(None, timeout))
    report = operation(call.stack, services, desired, up_request(), call.kit)  # type: ignore[operator]
    return Answer(
        report.to_document(), lambda console: ready_text(console, report, timings=False, project=call.project)
    )
