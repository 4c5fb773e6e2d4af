"""`devenv start`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.stop import Services
from devenv.cli.commands.up import Timeout, overrides, up_request
from devenv.cli.trusting import Trust, with_trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest

    Operation = Callable[[Stack, Sequence[str], Desired, UpRequest], StackReport]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "start", rich_help_panel="Stack")(start)


def start(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Start a stopped stack and wait until it is usable.

    Examples: devenv start · devenv start opensearch
    """
    from devenv.stack.lifecycle import start as start_services

    return ready_answer(call, start_services, services or [], timeout, trust)


def ready_answer(
    call: Call, operation: Operation, services: list[str], timeout: str | None, trust: str | None
) -> Answer:
    """Run `start` or `restart` and answer as `up` does."""
    from devenv.cli.output.reports import ready_text

    desired = call.desired(overrides(None, timeout))
    request = up_request(trust=trust)
    report = with_trust(call, lambda: operation(call.stack, services, desired, request))
    return Answer(
        report.to_document(), lambda console: ready_text(console, report, timings=False, project=call.project)
    )
