"""Runs of Docker Compose as processes: each has a deadline, can be ended, and is known to later commands.

Compose works in a session of its own, so that Ctrl-C reaches devenv alone, and writes to a file, so that it
does not break in the middle of its work when devenv is killed.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from typing import IO, TYPE_CHECKING, cast

from devenv.engines.host import processes
from devenv.errors import CommandFailedError
from devenv.files.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

RUN_FILE = "compose-run.json"
OUTPUT_FILE = "compose-run.log"
OUTPUT_LINES = 15
READ_SIZE = 1 << 13
# Long enough to finish the request to the engine that is under way.
END_GRACE = timedelta(seconds=10)
USUAL = "read above what Docker says, and run `devenv doctor`, which checks the machine"
_HINTS = (
    (
        r"no space left on device",
        "free some space: `docker system df` shows what takes it, `docker builder prune` frees build caches",
    ),
    (
        r"could not find an available.* address pool|all predefined address pools have been",
        "Docker has no addresses left for a network: remove what nobody uses with `docker network prune`",
    ),
    (
        r'container name "/?(?P<name>[^"]+)" is already in use',
        "another container has the name {name}: rename or remove it (`docker rename {name} OTHER`)",
    ),
    (
        r"network (?P<name>\S+) was found but has incorrect label",
        "the network {name} is none of this stack's: say `external: true` where a Compose file names it",
    ),
    (
        r"cannot start a paused container",
        "have it run again with `docker unpause`, then run the command again",
    ),
    (
        r"mounts denied|is not shared from the host",
        "share the directory that Docker names with its virtual machine, in the settings of Docker",
    ),
    (
        r"cannot allocate memory|resource temporarily unavailable|pids? limit|out of memory",
        "Docker is out of memory or processes: end something, or give its virtual machine more",
    ),
    (
        r"no such image|pull access denied",
        "an image is gone: `devenv images list` shows which, `devenv images pull` and `build` get it",
    ),
)


class ComposeRuns:
    """The runs of Compose for one stack, one at a time; `directory` is the stack's private one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def run(
        self, verb: str, command: Sequence[str], environment: Mapping[str, str], deadline_s: float
    ) -> None:
        """Run `command` to its end; another thread may `end` it.

        Raises:
            CommandFailedError: With the last lines of its output; or it took longer than `deadline_s`.
        """
        output = self._directory / OUTPUT_FILE
        with self._started(verb, command, environment, output) as process:
            try:
                code = process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self._terminate(process)
                what = f"`docker compose {verb}` was not done after {deadline_s:.0f} s, and was ended"
                raise CommandFailedError(what, command, _tail(output)) from None
            except BaseException:  # Ctrl-C, too
                self._terminate(process)
                raise
        if code != 0:
            said = _tail(output)
            what = f"`docker compose {verb}` failed"
            raise CommandFailedError(what, command, said, hint=hint_for(said))

    def end(self) -> None:
        """End the run under way, and begin no other."""
        with self._lock:
            self._is_ended = True
            process = self._process
        if process is not None:
            self._terminate(process)

    def end_earlier(self) -> bool:
        """End what a devenv that was killed has left running; return whether there was such a run."""
        identity = _recorded(self._directory / RUN_FILE)
        if identity is None or not processes.is_alive(identity):
            return False
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, signal.SIGTERM)
        processes.terminate(identity, END_GRACE)
        return True

    @contextmanager
    def _started(
        self, verb: str, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        with self._lock:
            if self._is_ended:
                raise CommandFailedError(f"`docker compose {verb}` was not begun any more", command)
            self._process = self._start(verb, command, environment, output)
        try:
            yield self._process
        finally:
            with self._lock:
                self._process = None
            (self._directory / RUN_FILE).unlink(missing_ok=True)

    def _start(
        self, verb: str, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> subprocess.Popen[bytes]:
        try:
            process = _spawn(command, environment, output)
            try:
                self._record(process)
            except BaseException:  # nobody would know of it
                self._terminate(process)
                raise
        except OSError as error:
            what = f"`docker compose {verb}` cannot be run"
            raise CommandFailedError(what, command, [str(error)]) from error
        return process

    def _record(self, process: subprocess.Popen[bytes]) -> None:
        identity = processes.identify(process.pid)
        if identity is not None:
            write_atomically(self._directory / RUN_FILE, json.dumps(asdict(identity)).encode(), 0o600)

    def _terminate(self, process: subprocess.Popen[bytes]) -> None:
        """End the `docker` command and its plugin, at first politely."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_GRACE.total_seconds())
                return


def _spawn(command: Sequence[str], environment: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        # Without a standard input: Compose must not ask whether it may delete a volume.
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def stream_output(verb: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Run `command` and yield the lines of both of its outputs; it waits while nobody takes them.

    It is ended with the generator.

    Raises:
        CommandFailedError: With the last lines; or it cannot be run.
    """
    try:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        what = f"`docker compose {verb}` cannot be run"
        raise CommandFailedError(what, command, [str(error)]) from error
    said: deque[str] = deque(maxlen=OUTPUT_LINES)
    with process:
        try:
            for line in _lines_of(process):
                said.append(line)
                yield line
            code = process.wait()
        finally:
            process.terminate()
    if code != 0:
        raise CommandFailedError(f"`docker compose {verb}` failed", command, said)


def _lines_of(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield whole lines of both outputs as they come: long ones in one pipe would be torn apart."""
    unfinished: dict[int, bytes] = {}
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(cast("IO[bytes]", stream), selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, READ_SIZE)
                if not chunk:
                    selector.unregister(key.fileobj)
                    chunk = b"\n" if unfinished.get(key.fd) else b""
                *lines, unfinished[key.fd] = (unfinished.get(key.fd, b"") + chunk).split(b"\n")
                yield from (line.decode(errors="replace").rstrip("\r") for line in lines)


def _recorded(path: Path) -> processes.ProcessIdentity | None:
    """Return the process that `path` names; a record that is damaged names none."""
    try:
        return processes.ProcessIdentity(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _tail(output: Path) -> list[str]:
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-OUTPUT_LINES:]


def hint_for(output: Iterable[str]) -> str:
    """Return what to do after Compose failed and said `output`."""
    text = "\n".join(output)
    for pattern, hint in _HINTS:
        if match := re.search(pattern, text, re.IGNORECASE):
            return hint.format(**match.groupdict())
    return USUAL
