"""Programs that end with this process, whatever ends it."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_GUARD = Path(__file__).with_name("guard.py")
_LONGEST_LINE = 65_536
_GUARD_PATIENCE_S = 5.0


class GuardedProgram:
    """A program and all that it starts, ended when this object is told to, or when this process is gone.

    `on_line` gets each line of its output, from a thread; the last one before `poll` tells the exit code.

    Raises:
        OSError: The directory is not there.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        grace_s: float,
    ) -> None:
        self._grace_s = grace_s
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), str(grace_s), *command],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C in the terminal is for devenv, which ends the program in its own order.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()

    def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None  # noqa: S101  for the type checker
        with self._process.stdout as stdout:
            while line := stdout.readline(_LONGEST_LINE):
                on_line(line.rstrip("\r\n"))

    def poll(self) -> int | None:
        """Return its exit code, 128 + n for signal n, or None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        self.ask_to_end()
        self._reader.join(1.0)
        return code if code >= 0 else 128 - code

    def ask_to_end(self) -> None:
        """Have it end, by SIGTERM and after the grace by SIGKILL; return at once."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        """Have it end, and return when it has."""
        self.ask_to_end()
        try:
            self._process.wait(self._grace_s + _GUARD_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)
