"""What ends a command for a reason of its own: its call, its user, a signal, or a bug."""

from __future__ import annotations

from devenv.errors.base import DevenvError, ExitCode

EVERYTHING_LEFT = "what was created is still there"


class UsageMistakeError(DevenvError):
    """The command line itself is wrong."""

    code = "usage"
    exit_code = ExitCode.USAGE


class NotConfirmedError(DevenvError):
    """The answer to a question was no."""

    code = "not-confirmed"


class InterruptedByUserError(DevenvError):
    """Ctrl-C."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED

    def __init__(
        self,
        left: str = EVERYTHING_LEFT,
        hint: str = "`devenv up` resumes, `devenv status` shows what is left, `devenv down` removes it",
    ) -> None:
        super().__init__("; ".join(filter(None, ("Interrupted", left))), hint=hint)


class TerminatedError(DevenvError):
    """SIGTERM."""

    code = "terminated"
    exit_code = ExitCode.TERMINATED

    def __init__(self, left: str = EVERYTHING_LEFT, hint: str = "`devenv up` resumes") -> None:
        super().__init__("; ".join(filter(None, ("Terminated", left))), hint=hint)


class RunFailedError(DevenvError):
    """devenv could not give the command of `run` a stack; told apart from that command's own exit codes."""

    code = "run-failed"
    exit_code = ExitCode.RUN_FAILED


class CommandNotFoundError(DevenvError):
    """There is no such command to run."""

    code = "command-not-found"
    exit_code = ExitCode.RUN_NOT_FOUND


class BugError(DevenvError):
    """Something nobody expected."""

    code = "bug"
    exit_code = ExitCode.BUG
