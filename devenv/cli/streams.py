"""The standard streams of the process: none is missing, and a failed write to one is told as what it is.

Without a descriptor 0, 1 or 2 Python has no stream, and the next file or socket that is opened gets its
number: what a child process prints would go there.
"""

from __future__ import annotations

import errno
import io
import os
import sys

TYPE_CHECKING = False  # as in `entry`
if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

_MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}


def prepare_streams() -> None:
    """Have all three streams: a closed one reads and writes nothing, a full one fails as the class says."""
    for descriptor, (name, mode) in enumerate(_MODES.items()):
        if not _is_open(descriptor):
            # Opening takes the lowest free number, which is this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  until the end
    sys.stdout = _rewritten(sys.stdout, _Answers(1, "w", closefd=False), is_line_buffered=sys.stdout.isatty())
    sys.stderr = _rewritten(sys.stderr, _Messages(2, "w", closefd=False), is_line_buffered=True)


class _Answers(io.FileIO):
    """Stdout: the first part of an answer that cannot be written is a failure; the rest goes nowhere."""

    _is_lost = False

    def write(self, content: ReadableBuffer, /) -> int:
        if self._is_lost:
            return memoryview(content).nbytes
        try:
            return super().write(content)
        except BrokenPipeError:
            raise  # nobody reads any more, and that ends a command without a word
        except OSError as error:
            from devenv.errors import OutputUnwritableError

            self._is_lost = True
            raise OutputUnwritableError(error.strerror or str(error)) from None


class _Messages(io.FileIO):
    """Stderr: what cannot be written there cannot be told, and ends no work."""

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            return memoryview(content).nbytes


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _rewritten(stream: TextIO, raw: io.FileIO, *, is_line_buffered: bool) -> io.TextIOWrapper:
    """Return a text stream like `stream` that writes by way of `raw`."""
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw), stream.encoding, stream.errors, line_buffering=is_line_buffered
    )
