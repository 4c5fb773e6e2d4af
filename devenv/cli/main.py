"""The entry point: runs the application and turns whatever comes out of it into an exit code."""

from __future__ import annotations

import functools
import gc
import os
import platform
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from typer import Abort, TyperException

from devenv.cli.app import command_tree
from devenv.cli.commands import completion
from devenv.cli.context import Session
from devenv.cli.output.formats import OutputFormat, requested_format
from devenv.cli.stopping import Terminated, be_deaf, listen
from devenv.errors import (
    BugError,
    DevenvError,
    ExitCode,
    InterruptedByUserError,
    OutputUnwritableError,
    TerminatedError,
    UsageMistakeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.cli.context import Wiring
    from devenv.cli.stopping import Listener


# What a command imports and makes lives until it ends, and a tenth of `status` was looking for garbage there:
# it makes some 120,000 objects.
OBJECTS_A_COLLECTION = 200_000
PYDANTIC_SENTENCE = re.compile(r"Input should be (?:a )?(?:valid )?(.+?)(?:, unable to .*)?$", re.MULTILINE)
VALUE_KINDS = {"boolean": "true or false", "integer": "a whole number", "number": "a number"}
PROGRAMS = ("devenv", "temporal-devenv")
# Of a signal before or after the command itself, which tells by itself what it has created.
_ANY_COMMAND = "`devenv status` shows what there is"


def main(wiring: Wiring | None = None) -> NoReturn:
    """Run this process's command line and exit; `wiring` makes the adapters, the real ones by default."""
    listener = listen()
    code = _code_of(functools.partial(_run, listener, wiring))
    if wiring is None:
        _leave(code)
    sys.exit(code)


def _code_of(work: Callable[[], int]) -> int:
    """Return the code that `work` ends with; a signal that comes at any moment of it is told, once."""
    while True:
        try:
            code = work()
            be_deaf()
        except (KeyboardInterrupt, Abort):
            work = functools.partial(_tell_stop, InterruptedByUserError("", _ANY_COMMAND))
        except Terminated:
            work = functools.partial(_tell_stop, TerminatedError("", _ANY_COMMAND))
        else:
            return code


def _run(listener: Listener, wiring: Wiring | None) -> int:
    gc.set_threshold(OBJECTS_A_COLLECTION)
    completion.prepare(os.environ)
    try:
        result = command_tree()(prog_name=_program(), standalone_mode=False, obj=Session(wiring=wiring))
    except Abort:
        raise
    except Exception as error:  # noqa: BLE001  the last boundary: everything else is a bug, and is told as one
        return _tell_unexpected(error, _output())
    code = result if isinstance(result, int) else 0
    if code in {ExitCode.OK, ExitCode.INTERRUPTED}:
        # Typer makes a code without a word of Ctrl-C, and who catches everything might make a success of it.
        listener.raise_what_is_untold()
    return code


def _tell_stop(error: DevenvError) -> int:
    be_deaf()
    return _tell(error, _output())


def _output() -> OutputFormat:
    return requested_format(sys.argv[1:], os.environ)


def _leave(code: int) -> NoReturn:
    """End the process without tearing down Python, which nobody waits for.

    Native threads of the SDK may still be handing over the last answer, and crash when Python is gone.
    """
    try:
        sys.stdout.flush()
    except OutputUnwritableError as error:
        told = _tell(error, _output())
        code = code or told
    except OSError:
        pass  # nobody reads any more
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _program() -> str:
    """Return the name that help and hints call the command by: one of the two it is installed under."""
    called = Path(sys.argv[0]).name
    return called if called in PROGRAMS else PROGRAMS[0]


def _tell_unexpected(error: Exception, output: OutputFormat) -> int:
    if isinstance(error, OutputUnwritableError):
        return _tell(error, output)
    usage = _usage_mistake(error)
    if usage is not None:
        return _tell(usage, output)
    try:
        report = _write_report(error)
    except OSError as cause:
        report = f"none, for it cannot be written: {cause.strerror}"
    return _tell(
        BugError(
            f"devenv met something it did not expect: {type(error).__name__}: {error}",
            details=[f"report: {report}"],
            hint="please open an issue with that report",
        ),
        output,
    )


def _usage_mistake(error: Exception) -> UsageMistakeError | None:
    if not isinstance(error, TyperException) or error.exit_code != ExitCode.USAGE:
        return None
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "devenv"
    return UsageMistakeError(_in_words(error.format_message()).rstrip("."), hint=f"run `{path} --help`")


def _in_words(message: str) -> str:
    """Return `message` without what the library that checks values calls things."""
    message = message.replace("Value error, ", "")
    return PYDANTIC_SENTENCE.sub(lambda said: f"must be {VALUE_KINDS.get(said[1], said[1])}", message)


def _write_report(error: Exception) -> str:
    """Write what a maintainer wants to know to a file of its own and return its path."""
    import tempfile

    from devenv import __version__

    lines = [f"devenv {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"]
    lines += traceback.format_exception(error)
    with tempfile.NamedTemporaryFile("w", prefix="devenv-bug-", suffix=".txt", delete=False) as file:
        file.writelines(lines)
    return file.name


def _tell(error: DevenvError, output: OutputFormat) -> int:
    from devenv.cli.output.documents import failure_document, print_document
    from devenv.cli.output.terminal import messages, print_error

    try:
        if output is not OutputFormat.TEXT and not isinstance(error, OutputUnwritableError):
            print_document(failure_document(None, error), output)
            return error.exit_code
    except OutputUnwritableError:
        pass  # what failed is told on stderr then
    print_error(messages(no_color=False), error)
    return error.exit_code
