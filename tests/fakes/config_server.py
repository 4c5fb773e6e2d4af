"""The Temporal server as far as dynamic config goes, after common/dynamicconfig/file_based_client.go."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.engines.protocol import DYNAMIC_CONFIG_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes.engine import FakeClock

    from devenv.project.state import StackStore

POLL_S = 5.0
REVISION = re.compile(r"^(devenv\.revision\.\w+):", re.MULTILINE)


@dataclass
class FakeServer:
    """Polls its file on the fake clock; `text` is what it uses.

    It refuses a file with a word of `refused`, and warns of one with a word of `warned`; one with a word of
    `undecodable` is no YAML to it. Such a word has a letter after f, or a revision, which is hexadecimal,
    could hold it. The server knows every key but revisions, of which it warns as the real one does.
    `lag_s` passes between its look at the time of modification and its reading, and again until it uses what
    it read and says so; a `deaf` one never looks.
    """

    clock: FakeClock
    path: Path
    text: str | None = None
    log: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    undecodable: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)
    lag_s: float = 0.0
    deaf: bool = False
    run: int = 0
    is_running: bool = False
    is_reading: bool = False
    _last_modified: int = 0

    def start(self) -> None:
        """Read the file once, and look at it every five seconds from now on."""
        self.run += 1
        self.is_running, self.is_reading, self._last_modified = True, False, 0
        self._look(lag_s=0)
        self._schedule(POLL_S)

    def stop(self) -> None:
        self.is_running, self.text = False, None

    def say(self, message: str, error: str = "") -> None:
        self.log.append(json.dumps({"level": "info", "msg": message} | ({"error": error} if error else {})))

    def _schedule(self, seconds: float) -> None:
        run = self.run

        def poll() -> None:
            if self._is_still(run) and not self.is_reading:
                self._look(lag_s=self.lag_s)
            if self._is_still(run):
                self._schedule(POLL_S)

        self.clock.at(self.clock.now() + seconds, poll)

    def _look(self, *, lag_s: float) -> None:
        if self.deaf or not self.path.exists():
            return
        modified = self.path.stat().st_mtime_ns
        if modified <= self._last_modified:
            return
        self.is_reading = True
        self._after(lag_s, lambda: self._read(modified, lag_s=lag_s))

    def _after(self, lag_s: float, action: Callable[[], None]) -> None:
        run = self.run
        if lag_s == 0:
            action()
        else:
            self.clock.at(self.clock.now() + lag_s, lambda: action() if self._is_still(run) else None)

    def _is_still(self, run: int) -> bool:
        return self.is_running and run == self.run

    def _read(self, modified: int, *, lag_s: float) -> None:
        text = self.path.read_text()
        self._after(lag_s, lambda: self._take(text, modified))

    def _take(self, text: str, modified: int) -> None:
        self.is_reading, self._last_modified = False, modified
        errors = [f"decode error: {word}" for word in sorted(self.undecodable) if word in text]
        warnings = [f'unregistered key "{key}"' for key in REVISION.findall(text)]
        warnings += [f"warning about {word}" for word in sorted(self.warned) if word in text]
        for warning in warnings if not errors else ():
            self.say("dynamic config warning", warning)
        errors += [f"error about {word}" for word in sorted(self.refused) if word in text]
        for error in errors:
            self.say("dynamic config error", error)
        if errors:
            self.say("Unable to update dynamic config.", "loading dynamic config failed")
        else:
            self.text = text
            self.say("Updated dynamic config")


@dataclass
class FakeServers:
    """The server of each stack, made when it is first asked for."""

    clock: FakeClock
    store: StackStore
    made: dict[str, FakeServer] = field(default_factory=dict)

    def of(self, stack: str) -> FakeServer:
        path = self.store.mounts(stack) / DYNAMIC_CONFIG_FILE
        return self.made.setdefault(stack, FakeServer(self.clock, path))
