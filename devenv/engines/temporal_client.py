"""The Temporal CLI as a client of one server: no file, variable or argument leads it to another."""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROGRAM = "temporal"
# Its name is also how a directory is known whose `temporal` is one of ours.
_PRESETS_FILE = "devenv-temporal.yaml"


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
    rest = files("devenv.engines").joinpath("temporal_client.sh").read_text(encoding="utf-8")
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
