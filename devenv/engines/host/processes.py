"""Start, recognise and end processes of this machine that outlive the command that started them.

A process number alone says nothing a minute later: every function here takes a `ProcessIdentity`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

_POLL_S = 0.02
_CLOCK_TICK_S = 0.01
_KILL_PATIENCE_S = 5.0
_RESUME_PATIENCE_S = 1.0
_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, and no later one that got the same number.

    `created_at` compares only with other values from `identify` on this machine: it counts from boot where
    the kernel does (Linux), so that a clock that is set, as after a laptop's sleep, changes no identity.
    """

    pid: int
    created_at: float


@dataclass(frozen=True)
class Program:
    """A process with its command line, without the name of the program, and when it was started."""

    process: ProcessIdentity
    arguments: tuple[str, ...]
    started_at: datetime


def identify(pid: int) -> ProcessIdentity | None:
    """Return who has the number `pid` now, None if nobody has."""
    try:
        return _identity_of(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return None


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether exactly this process still runs; a zombie does not."""
    return _find(identity) is not None


def is_stopped(identity: ProcessIdentity) -> bool:
    """Whether it is stopped, as by SIGSTOP or a debugger: it does nothing until it is continued."""
    process = _find(identity)
    with suppress(psutil.Error):
        return process is not None and process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    return False


def resume(identity: ProcessIdentity) -> None:
    """Continue a process that is stopped, and see it go on; one that runs, or is gone, is left as it is."""
    process = _find(identity)
    with suppress(psutil.Error):
        if process is not None:
            process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + _RESUME_PATIENCE_S
    while is_stopped(identity) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def programs_with(file: Path, word: str) -> list[Program]:
    """Return the running programs with the argument `word` that were given `file`, or have it open.

    The eldest comes first. Those of other users are told only where the system lets this user look.
    """
    found = [
        _to_program(process, process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if word in (process.info["cmdline"] or ()) and _has(process, file)
    ]
    return sorted((each for each in found if each is not None), key=lambda each: each.started_at)


def _has(process: psutil.Process, file: Path) -> bool:
    with suppress(psutil.Error):
        if str(file) in process.info["cmdline"]:
            return True
        return str(file.resolve()) in {each.path for each in process.open_files()}
    return False


def _to_program(process: psutil.Process, command: Sequence[str]) -> Program | None:
    try:
        if _is_dead(process):
            return None
        started_at = datetime.fromtimestamp(process.create_time(), UTC)
        return Program(_identity_of(process), tuple(command[1:]), started_at)
    except psutil.Error:
        return None


def listening_ports(identity: ProcessIdentity) -> frozenset[int]:
    """Return the TCP ports that exactly this process listens on now; none for one that is gone."""
    process = _find(identity)
    if process is None:
        return frozenset()
    try:
        sockets = process.net_connections("tcp")
    except psutil.Error:
        return frozenset()
    return frozenset(each.laddr.port for each in sockets if each.status == psutil.CONN_LISTEN)


def memory(identity: ProcessIdentity) -> int:
    """Return how many bytes of RAM the process uses; 0 for one that is gone."""
    process = _find(identity)
    with suppress(psutil.Error):
        return int(process.memory_info().rss) if process is not None else 0
    return 0


def spawn_detached(
    command: Sequence[str], *, environment: Mapping[str, str], output: Path
) -> ProcessIdentity:
    """Start `command` in a session of its own, its output appended to `output`, and return at once.

    It survives this process and its terminal; what it writes is for this user only.

    Raises:
        OSError: The program cannot be executed.
    """
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd="/",  # holds no directory that the user may want to delete
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(descriptor)
    # Only `exit_code` buries it: a Popen that believes it runs would warn, and reap behind our back.
    process.returncode = 0
    return _identity_of(psutil.Process(process.pid))


def exit_code(identity: ProcessIdentity) -> int | None:
    """Return how a child of this process ended, 128 + n for signal n, and bury it.

    None while it runs, for a child buried before, and for another process's child: only its parent knows.
    """
    if is_alive(identity):
        return None
    try:
        pid, status = os.waitpid(identity.pid, os.WNOHANG)
    except ChildProcessError:
        return None
    if pid == 0:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def terminate(identity: ProcessIdentity, grace: timedelta) -> int | None:
    """End the process, with SIGKILL if it is still there after `grace`; one that is gone is done.

    Returns:
        What `exit_code` says afterwards, and 137 for one that had to be killed, whoever its parent is.

    Raises:
        CommandFailedError: It survived, because it is another user's or hangs in the kernel.
    """
    if _signal_and_wait(identity, signal.SIGTERM, grace.total_seconds()):
        return exit_code(identity)
    if _signal_and_wait(identity, signal.SIGKILL, _KILL_PATIENCE_S):
        code = exit_code(identity)
        return _KILLED if code is None else code
    raise CommandFailedError(f"The process {identity.pid} does not end", ("kill", "-KILL", str(identity.pid)))


def _signal_and_wait(identity: ProcessIdentity, number: signal.Signals, patience_s: float) -> bool:
    process = _find(identity)
    if process is None:
        return True
    with suppress(psutil.Error):
        process.send_signal(number)
        # A process that is stopped would not hear of it.
        process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + patience_s
    while is_alive(identity):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _find(identity: ProcessIdentity) -> psutil.Process | None:
    try:
        process = psutil.Process(identity.pid)
        is_same = abs(_identity_of(process).created_at - identity.created_at) < _CLOCK_TICK_S / 2
        return process if is_same and not _is_dead(process) else None
    except psutil.NoSuchProcess:
        return None


def _is_dead(process: psutil.Process) -> bool:
    # The first thread may be a zombie already while the others still hold files and ports.
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


def _identity_of(process: psutil.Process) -> ProcessIdentity:
    created_at = process.create_time()
    if psutil.LINUX:
        # The kernel counts from boot; psutil adds a boot time that moves whenever the clock is set.
        created_at = round(created_at - psutil.boot_time(), 2)
    return ProcessIdentity(process.pid, created_at)
