"""Commands of `devenv` as forks of one process that has imported it.

Nine tenths of what a short command costs are Python's imports, and the tests give hundreds of commands. All
that is left out is the start of an interpreter: `Cli.start` has it, as have the tests of signals, terminals
and the installed wheel.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import sys
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.context import ForkServerContext

PRELOADED = "e2e.preloaded"


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    out: Path,
    err: Path,
    timeout_s: float,
) -> int | None:
    """Run `command`, the path of `devenv` first; return its exit code, or None if ended after `timeout_s`."""
    fork = _forking().Process(target=_become, args=(list(command), directory, dict(environment), out, err))
    fork.start()
    fork.join(timeout_s)
    code = fork.exitcode
    if code is None:
        fork.kill()
        fork.join()
    return code


@functools.cache
def _forking() -> ForkServerContext:
    """Return what forks from a process of this worker's, in which no thread runs and nothing is connected."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    # It does not look where pytest does.
    with patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parents[1])):
        forkserver.ensure_running()
    return context


def _become(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], out: Path, err: Path
) -> None:
    """Be what a shell starts: with these words, this directory, this environment and nothing to read."""
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT),
        (2, err, os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = list(command)
    from devenv.cli.main import main

    main()
