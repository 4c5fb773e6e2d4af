"""One worker under `dev`: it runs, starts anew when its files change, and after a crash."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from devenv.engines.host.guarded import GuardedProgram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_POLL_S = 0.1
# Generated workers give running activities 20 seconds to end.
GRACE_S = 25.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
# Who ran so long did not crash at its start: the pauses begin anew.
_STEADY_S = 30.0
_LAST_LINES = 20


class State(StrEnum):
    """What becomes of a worker."""

    CHECKING = "checking"
    RUNNING = "running"
    CRASHED = "crashed"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True)
class DevService:
    """A worker that `dev` runs: its commands, where, and with which whole environment.

    A check, `build` or `replay`, that takes longer than `check_limit_s` has failed.
    """

    name: str
    directory: Path
    command: Sequence[str]
    build: Sequence[str]
    replay: Sequence[str]
    environment: Mapping[str, str]
    check_limit_s: float = 300.0


@dataclass(frozen=True)
class Told:
    """What `dev` tells of a service: a line of its output, or what became of it in a sentence."""

    service: str
    text: str
    state: State | None = None
    lines: Sequence[str] = ()


class Worker(threading.Thread):
    """Runs a service until `stop`; `tell` gets what happens, from this and other threads.

    A change has `build` and `replay` run first. Where one of them fails the old program goes on, as it does
    while they run.
    """

    def __init__(self, service: DevService, tell: Callable[[Told], None]) -> None:
        super().__init__(name=f"dev-{service.name}", daemon=True)
        self._service = service
        self._tell = tell
        self._wake = threading.Event()
        self._stopping = False
        self._changes: deque[Sequence[Path]] = deque()
        self._program: GuardedProgram | None = None
        self._started_s = 0.0
        self._next_start_s: float | None = None
        self._pause_s = _FIRST_PAUSE_S
        self.problem: Exception | None = None

    def change(self, paths: Sequence[Path]) -> None:
        """Have the program start anew: `paths` have changed."""
        self._changes.append(paths)
        self._wake.set()

    def stop(self) -> None:
        """End the program, politely at first; `join` waits for it."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Run the service; `problem` is a bug that has ended it."""
        try:
            self._run()
        except Exception as error:  # noqa: BLE001  raised again where the session is waited for
            self.problem = error

    def _run(self) -> None:
        try:
            if self._passes("build", self._service.build):
                self._start("started")
            while not self._stopping:
                self._wake.wait(_POLL_S)
                self._wake.clear()
                self._look()
        finally:
            if self._program is not None:
                self._program.end()
                self._say(State.ENDED, "ended")

    def _look(self) -> None:
        if self._stopping:
            return
        if self._changes:
            self._update()
        elif self._program is not None and (code := self._program.poll()) is not None:
            self._crashed(code)
        elif self._next_start_s is not None and time.monotonic() >= self._next_start_s:
            self._start("started again")

    def _update(self) -> None:
        paths: list[Path] = []
        while self._changes:
            paths += self._changes.popleft()
        what = _shown(paths, self._service.directory)
        for kind, command in (("build", self._service.build), ("replay", self._service.replay)):
            if not self._passes(kind, command):
                return
        if self._program is not None:
            self._program.end()
        self._pause_s = _FIRST_PAUSE_S
        self._start(f"restarted: {what} changed")

    def _start(self, what: str) -> None:
        service, self._next_start_s = self._service, None
        self._program = self._launch(service.command, lambda line: self._tell(Told(service.name, line)))
        self._started_s = time.monotonic()
        if self._program is not None:
            self._say(State.RUNNING, what)

    def _crashed(self, code: int) -> None:
        self._program = None
        if time.monotonic() - self._started_s > _STEADY_S:
            self._pause_s = _FIRST_PAUSE_S
        self._next_start_s = time.monotonic() + self._pause_s
        self._say(
            State.CRASHED,
            f"ended with exit code {code}; it starts again in {self._pause_s:.0f} s, or when a file changes",
        )
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)

    def _passes(self, kind: str, command: Sequence[str]) -> bool:
        """Whether the `kind` of check succeeds; a newer change, or the end, makes it pointless."""
        if not command:
            return True
        self._say(State.CHECKING, f"{kind} runs")
        lines: deque[str] = deque(maxlen=_LAST_LINES)
        program = self._launch(command, lines.append)
        if program is None:
            return False
        deadline = time.monotonic() + self._service.check_limit_s
        while (code := program.poll()) is None:
            if self._stopping or self._changes:
                program.end()
                return False
            if time.monotonic() > deadline:
                program.end()
                self._refuse(f"{kind} took more than {self._service.check_limit_s:.0f} s", lines)
                return False
            self._wake.wait(_POLL_S)
        if code != 0:
            self._refuse(f"{kind} failed with exit code {code}", lines)
        return code == 0

    def _refuse(self, why: str, lines: Sequence[str]) -> None:
        goes_on = "the old program goes on" if self._program is not None else "nothing runs"
        text = f"{why}: {goes_on} until a file changes"
        self._tell(Told(self._service.name, text, State.REFUSED, list(lines)))

    def _launch(self, command: Sequence[str], on_line: Callable[[str], None]) -> GuardedProgram | None:
        service = self._service
        try:
            return GuardedProgram(
                command,
                directory=service.directory,
                environment=service.environment,
                on_line=on_line,
                grace_s=GRACE_S,
            )
        except OSError as error:
            self._refuse(f"{service.directory} cannot be entered: {error.strerror}", ())
            return None

    def _say(self, state: State, text: str) -> None:
        self._tell(Told(self._service.name, text, state))


def _shown(paths: Sequence[Path], directory: Path) -> str:
    # Editors write files beside the one that they save, and rename them.
    there = [path for path in dict.fromkeys(paths) if path.exists()] or list(paths)
    first, *others = (str(path.relative_to(directory)) for path in there)
    return f"{first} and {len(others)} more" if others else first
