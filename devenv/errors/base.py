"""What every failure has: a sentence, its evidence, a way out, and a code."""

from __future__ import annotations

import shlex
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitCode(IntEnum):
    """What the process returns; stable, documented in docs/reference/exit-codes.md."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    INVALID_INPUT = 3
    PREREQUISITE_MISSING = 4
    PORT_TAKEN = 5
    NOT_READY = 6
    SERVICE_CRASHED = 7
    DIFFERENT = 8
    CONFIRMATION_NEEDED = 9
    BUG = 70
    RUN_FAILED = 125
    RUN_NOT_FOUND = 127
    INTERRUPTED = 130
    TERMINATED = 143


class DevenvError(Exception):
    """A failure that devenv expects and can explain.

    An error never changes. `message` is one sentence without a final period, `details` the evidence (one
    line each), `hint` what to run or change next.
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILURE

    def __init__(self, message: str, *, details: Sequence[str] = (), hint: str) -> None:
        super().__init__(message)
        self.message: Final = message
        self.details: Final = tuple(details)
        self.hint: Final = hint

    def with_details(self, *more: str) -> Self:
        """Return a copy with `more` evidence below its own."""
        return self._copy(details=(*self.details, *more))

    def with_hint(self, hint: str) -> Self:
        """Return a copy with another hint."""
        return self._copy(hint=hint)

    def _copy(self, **changed: object) -> Self:
        # Not by the constructor: that of each class takes what its sentence is made of.
        copy = type(self).__new__(type(self), *self.args)
        vars(copy).update(vars(self), **changed)
        return copy


class OutputUnwritableError(DevenvError):
    """Stdout takes no more: the disk is full that it is written to."""

    code = "output-unwritable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The answer cannot be written: {reason}",
            hint="make room where stdout goes, and run the command again; what it did is done",
        )


class CommandFailedError(DevenvError):
    """A program that devenv ran failed."""

    code = "command-failed"

    def __init__(
        self,
        what: str,
        command: Sequence[str],
        output: Sequence[str] = (),
        *,
        hint: str = "run `devenv doctor`",
    ) -> None:
        details = [f"$ {shlex.join(command)}", *output] if command else list(output)
        super().__init__(what, details=details, hint=hint)
