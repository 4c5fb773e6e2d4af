"""`devenv status` and `ls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.errors import DynamicConfigInvalidError, ExitCode, InvalidInputError, SeedsInvalidError

if TYPE_CHECKING:
    from devenv.cli.output.terminal import SafeConsole


MOST_FINDINGS = 5


@command("status", panel="Stack")
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

    try:
        report = get_status(call.stack, call.desired())
    except (SeedsInvalidError, DynamicConfigInvalidError) as error:
        return _beside(call, error)
    is_as_declared = report.state is StackState.READY and not (
        report.drift or report.versions or report.config
    )
    code = ExitCode.DIFFERENT if exit_code and not is_as_declared else ExitCode.OK
    return Answer(report_document(report), lambda console: status_text(console, report, call.options), code)


def _beside(call: Call, error: InvalidInputError) -> Answer:
    """Return what is known of the stack without the project's files, and what is wrong in these."""
    from devenv.cli.output.documents import failure_fields
    from devenv.cli.output.terminal import print_error
    from devenv.cli.views.stack import report_document, status_text
    from devenv.stack.status import get_status_without_files

    report = get_status_without_files(call.stack)

    def text(console: SafeConsole) -> None:
        status_text(console, report, call.options, advises=False)
        console.say()
        console.file.flush()
        print_error(call.messages, _in_short(error))

    return Answer(report_document(report) | failure_fields(error), text, error.exit_code)


def _in_short(error: InvalidInputError) -> InvalidInputError:
    """Return `error` with a few of its findings, and which command has all of them."""
    untold = len(error.details) + 1 - MOST_FINDINGS
    if untold <= 0:
        return error
    command = "devenv config lint" if isinstance(error, DynamicConfigInvalidError) else "devenv plan"
    told = error.details[: MOST_FINDINGS - 1]
    return InvalidInputError(error.message, details=[*told, f"{untold} more: `{command}`"], hint=error.hint)


@command("ls", panel="Stack")
def ls(call: Call) -> Answer:
    """List all your stacks on this machine, also those whose project is gone.

    Example: devenv ls
    """
    from devenv.cli.views.stack import stacks_document, stacks_text
    from devenv.stack.status import list_stacks

    stacks = list_stacks(call.deps)
    return Answer(stacks_document(stacks), lambda console: stacks_text(console, stacks), about_stack=False)
