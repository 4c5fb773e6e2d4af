"""Ctrl-C and SIGTERM: each becomes an exception in the main thread, and none is lost.

Python drops an exception that a signal's handler raises where nobody could receive it: in a callback of the
import system's locks, in a `__del__`. The program would go on with what it was told to stop. So the exception
is raised where it can be received: not before an import is complete, and again after it was dropped.

Nor is it raised where Rich begins or ends what it prints at once: its console would keep all that is printed
later to itself, the last message too.
"""

from __future__ import annotations

import os
import signal
import sys

from devenv.cli.output.formats import OutputFormat, requested_format

TYPE_CHECKING = False  # as in `entry`
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_IMPORT_SYSTEM = "<frozen importlib"
_CONSOLE = "rich.console"
# They count how deep a console is in `with console:`, and only at its end it writes.
_COUNTING = {"__enter__", "_enter_buffer", "__exit__", "_exit_buffer", "_buffer_index"}
_EARLY_HINT = "nothing was done yet; run the command again"
_WORDS = {signal.SIGINT: ("Interrupted", "interrupted"), signal.SIGTERM: ("Terminated", "terminated")}


class Terminated(SystemExit):
    """Raised in the main thread by SIGTERM; asyncio lets a SystemExit through, and nothing else."""


def leave_at_once() -> None:
    """Have a signal end the process with a message and its code: right while nothing was done yet."""
    _handle(_tell_and_leave)


def listen() -> Listener:
    """Have a signal raise `KeyboardInterrupt` or `Terminated` in the main thread."""
    listener = Listener()
    _handle(listener.hear)
    sys.unraisablehook = listener.dropped
    return listener


def be_deaf() -> None:
    """Have no signal disturb the last message."""
    _handle(lambda _number, _frame: None)


def _handle(handler: Any) -> None:
    for number in _SIGNALS:
        # What is ignored stays so: a shell's background job is deaf to Ctrl-C.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


class Listener:
    """What hears signals; `heard` is the last of them, None where none came."""

    def __init__(self) -> None:
        self.heard: int | None = None
        hook = sys.unraisablehook
        owner = getattr(hook, "__self__", None)
        self._former: Any = owner._former if isinstance(owner, Listener) else hook  # noqa: SLF001  a Listener's own

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Raise the exception of a signal, now or as soon as it can be received."""
        self.heard = number
        if _is_busy(frame):
            self._raise_later()
        else:
            self._raise()

    def dropped(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Raise again what was dropped; whatever else was is told as it would be without devenv."""
        if self.heard is not None and issubclass(unraisable.exc_type, KeyboardInterrupt | Terminated):
            self._raise_later()
        else:
            self._former(unraisable)

    def raise_what_is_untold(self) -> None:
        """Raise the exception of a signal that was heard and came to nothing."""
        if self.heard is not None and signal.getsignal(self.heard) == self.hear:
            self._raise()

    def _raise_later(self) -> None:
        # Python calls this before and after the next call in the main thread: nothing is done in between.
        sys.setprofile(self._look)

    def _look(self, frame: FrameType, _event: str, _argument: object) -> None:
        if self._is_own(frame) or _is_busy(frame) or self.heard is None:
            return
        if signal.getsignal(self.heard) == self.hear:
            self._raise()
        # Meanwhile a program in the foreground hears for itself.
        sys.setprofile(None)
        signal.raise_signal(self.heard)

    def _raise(self) -> NoReturn:
        if sys.getprofile() == self._look:
            sys.setprofile(None)
        raise KeyboardInterrupt if self.heard == signal.SIGINT else Terminated

    def _is_own(self, frame: FrameType) -> bool:
        return frame.f_code.co_filename == __file__


def _is_busy(frame: FrameType | None) -> bool:
    """Whether `frame` is part of an import, or of a console's counting."""
    is_in_console = False
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORT_SYSTEM):
            return True
        # The innermost decides: to write, which may take for ever, is no counting.
        if not is_in_console and frame.f_globals.get("__name__") == _CONSOLE:
            is_in_console = True
            if frame.f_code.co_name in _COUNTING:
                return True
        frame = frame.f_back
    return False


def _tell_and_leave(number: int, _frame: FrameType | None) -> NoReturn:
    """Say what ended the process, without anything that may be half imported, and end it."""
    word, code = _WORDS[signal.Signals(number)]
    exit_code = 128 + number
    output = requested_format(sys.argv[1:], os.environ)
    if output is OutputFormat.TEXT:
        stream, text = 2, f"error: {word}\n\nhint: {_EARLY_HINT}\n"
    else:
        event = '"event": "result", ' if output is OutputFormat.JSONL else ""
        error = (
            f'{{"code": "{code}", "exit_code": {exit_code}, "message": "{word}", "details": [], '
            f'"hint": "{_EARLY_HINT}"}}'
        )
        stream = 1
        text = f'{{{event}"schema_version": 1, "ok": false, "stack": null, "error": {error}}}\n'
    try:
        os.write(stream, text.encode())
    finally:
        os._exit(exit_code)
