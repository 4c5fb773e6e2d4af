"""How a command answers: the document or the text on stdout, or what failed, and the exit code."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from devenv.cli.output.formats import OutputFormat
from devenv.cli.stopping import Terminated, be_deaf
from devenv.errors import DevenvError, ExitCode, InterruptedByUserError, InvalidInputError, TerminatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devenv.cli.context import Call
    from devenv.cli.output.terminal import SafeConsole


@dataclass(frozen=True)
class Answer:
    """What a command has to say: fields of its JSON document, the same for people, and its exit code."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    text: Callable[[SafeConsole], None] | None = None
    exit_code: int = ExitCode.OK
    about_stack: bool = True


def give_answer(call: Call, work: Callable[[], Answer]) -> None:
    """Print what `work` answers, or why it failed, in the format that was asked for.

    Raises:
        typer.Exit: The exit code is not 0.
    """
    try:
        answer = work()
    except DevenvError as error:
        _fail(call, error)
    except KeyboardInterrupt:
        _fail(call, InterruptedByUserError())
    except Terminated:
        _fail(call, TerminatedError())
    else:
        _finish(call, answer)


def _finish(call: Call, answer: Answer) -> None:
    from devenv.cli.output.documents import print_document, success_document

    call.close_reporter()
    if call.output is not OutputFormat.TEXT:
        stack = call.stack_name if answer.about_stack else None
        print_document(success_document(stack, answer.fields), call.output)
    elif answer.text is not None:
        answer.text(call.answers)
    if answer.exit_code:
        raise typer.Exit(answer.exit_code)


def _fail(call: Call, error: DevenvError) -> None:
    from devenv.cli.output.advice import addressed
    from devenv.cli.output.documents import failure_document, print_document
    from devenv.cli.output.terminal import print_error
    from devenv.cli.output.visible import visible

    if error.exit_code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        be_deaf()
    call.close_reporter()
    shown = error.with_hint(addressed(error.hint, call.options))
    if call.options.debug:
        print(visible("".join(traceback.format_exception(error))), file=sys.stderr, end="")  # noqa: T201  as Python does
    if call.output is not OutputFormat.TEXT:
        print_document(failure_document(_stack_name_if_known(call), shown), call.output)
    else:
        print_error(call.messages, shown)
    raise typer.Exit(error.exit_code)


def _stack_name_if_known(call: Call) -> str | None:
    try:
        return call.stack_name
    except InvalidInputError:
        return None
