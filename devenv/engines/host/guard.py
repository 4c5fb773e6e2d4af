"""Runs one program for a devenv that may be killed: no program is left behind.

A program of its own, which devenv starts as `python -I -S guard.py GRACE_S PROGRAM [ARGUMENT…]`; it imports
nothing of devenv, to start in some milliseconds. Its standard input is a pipe whose other end only devenv
has: when that closes, however devenv ended, the program and all that it started gets SIGTERM, and SIGKILL
after GRACE_S seconds. Nothing like that is in both kernels: Linux has PR_SET_PDEATHSIG, for one process.

Its exit code is the program's, 128 + n for signal n, and 127 if there is no such program.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

POLL_S = 0.02
NOT_FOUND = 127


def main(grace_s: float, command: list[str]) -> int:
    """Run `command` in a process group of its own; return its exit code when all of the group has ended."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which the program would inherit
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201  where the program would say it
        return NOT_FOUND
    threading.Thread(target=_end_with_pipe, args=(program.pid, grace_s), daemon=True).start()
    code = program.wait()
    _end_group(program.pid, grace_s)
    return code if code >= 0 else 128 - code


def _end_with_pipe(group: int, grace_s: float) -> None:
    while os.read(0, 4096):
        pass
    _end_group(group, grace_s)


def _end_group(group: int, grace_s: float) -> None:
    """Return when nothing of the group is left, or it was killed."""
    deadline = time.monotonic() + grace_s
    is_there = _signal(group, signal.SIGTERM)
    while is_there and time.monotonic() < deadline:
        time.sleep(POLL_S)
        is_there = _signal(group, 0)
    if is_there:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
