"""What to do about a stack that is not ready, or not as declared, in one line."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from devenv.stack.progress import is_up
from devenv.stack.report import StackState

if TYPE_CHECKING:
    from devenv.cli.options import GlobalOptions
    from devenv.stack.report import StackReport

# Commands about a stack, in a hint that does not name one already: it has to be the one that was asked for.
_ABOUT_STACK = re.compile(
    r"`devenv (?=(?:up|down|stop|start|restart|status|logs|plan|apply|config apply|namespace|temporal)\b)"
    r"(?![^`]* -s )"
)


_ADVICE = {
    StackState.ABSENT: "run `devenv up`",
    StackState.STOPPED: "run `devenv start`, which keeps everything as it was, or `devenv up`",
    StackState.STARTING: "it is coming up: `devenv up` waits until it is ready",
}


def advice(report: StackReport) -> str | None:
    """Return what to run, None for a stack that is ready and as declared.

    A version that `up` refuses has a hint of its own.
    """
    if any(version.is_refused for version in report.versions):
        return None
    if report.state is StackState.DEGRADED:
        return _repair(report)
    if report.state is StackState.READY:
        return _convergence(report)
    return _ADVICE[report.state]


def _convergence(report: StackReport) -> str | None:
    if report.versions:
        return "`devenv up` brings it to the declared version"
    return "`devenv apply` makes it as declared" if report.drift or report.config else None


def _repair(report: StackReport) -> str:
    down = [each for each in report.services if not is_up(each)]
    if down:
        names = " ".join(dict.fromkeys(each.name for each in down))
        return f"`devenv up` brings back what is not up; why it is not: `devenv logs --tail 50 {names}`"
    if report.drift:
        return "`devenv apply` makes what is missing"
    return (
        "`devenv up` finds out what does not work; the server's own words: `devenv logs --tail 50 temporal`"
    )


def addressed(hint: str, options: GlobalOptions) -> str:
    """Return `hint` with commands that reach the stack that this command was about."""
    given = ""
    if options.project is not None:
        given += f"-C {shlex.quote(str(options.project))} "
    if options.stack is not None:
        given += f"-s {shlex.quote(options.stack)} "
    return _ABOUT_STACK.sub(lambda match: match[0] + given, hint)
