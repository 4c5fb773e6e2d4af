"""The installed `devenv` command, run as a user runs it: a process with a home of its own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e import forks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAMS = Path(sys.executable).parent
DEVENV = str(PROGRAMS / "devenv")
COMMAND_TIMEOUT_S = 240
# Where this user's Docker client finds its engine, contexts and plugins, before tests move HOME.
DOCKER_HOST = os.environ.get("DOCKER_HOST")
DOCKER_CONFIG = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    exit: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that is all of stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error of the document, which must tell of a failure with the exit code of the process."""
        document = self.document
        assert document["ok"] is False, self
        assert document["error"]["exit_code"] == self.exit, self
        return document["error"]


@dataclass(frozen=True)
class Cli:
    """Runs `devenv` in `project`, as a user whose home is `home` and who has set `variables`."""

    project: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def with_variables(self, **variables: str) -> Cli:
        return Cli(self.project, self.home, {**self.variables, **variables})

    @functools.cached_property
    def grpc(self) -> str:
        """Where the server of the project's stack answers: asked once, it never changes."""
        return str(self.answer("status")["endpoints"]["grpc"])

    @functools.cached_property
    def client(self) -> dict[str, str]:
        """What `devenv env` sets for programs that are clients of the stack."""
        return dict(json.loads(self.run("env", "--format", "json").out))

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "LANG": "C.UTF-8",
            # Every test deletes what it made; one about snapshots unsets it.
            "TEMPORAL_DEVENV_NO_SNAPSHOT": "1",
            "DOCKER_HOST": self.variables.get("DOCKER_HOST") or docker_host(),
            "DOCKER_CONFIG": DOCKER_CONFIG,
            **self.variables,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in the background; it takes signals of its own."""
        return subprocess.Popen(
            [DEVENV, *arguments],
            cwd=self._directory,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Result:
        """Run a command to its end."""
        with tempfile.TemporaryDirectory() as kept:
            out, err = Path(kept, "out"), Path(kept, "err")
            code = forks.run(
                [DEVENV, *arguments],
                directory=self._directory,
                environment=self.environment(),
                out=out,
                err=err,
                timeout_s=timeout_s,
            )
            result = Result(code or 0, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        assert code is not None, f"no end after {timeout_s} s\n{result.out}\n{result.err}"
        return result

    @property
    def _directory(self) -> Path:
        return self.project if self.project.is_dir() else self.home

    def answer(self, *arguments: str) -> Any:
        """Return the document of a command that must succeed."""
        result = self.run(*arguments, "-o", "json")
        assert result.exit == 0, result
        return result.document

    def shell(self, script: str) -> Result:
        """Run `script` with `sh`, in the project."""
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)


def finish(process: subprocess.Popen[str], *, timeout_s: float = COMMAND_TIMEOUT_S) -> Result:
    """Wait for a command that was started."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"no end after {timeout_s} s\n{out}\n{err}") from None
    return Result(process.returncode, out, err)


def read_until(progress: str, process: subprocess.Popen[str]) -> str:
    """Wait until a command that was started has said `progress` on stderr; return all that it has said."""
    assert process.stderr is not None
    told = ""
    while progress not in told:
        line = process.stderr.readline()
        assert line, f"it ended before it said {progress}: {told}"
        told += line
    return told


def finish_all(processes: Sequence[subprocess.Popen[str]]) -> list[Result]:
    """Wait for commands that run side by side; none is left when one fails."""
    try:
        return [finish(process) for process in processes]
    finally:
        for process in processes:
            process.kill()


@functools.cache
def docker_host() -> str:
    """Return the address of this user's Docker engine, whatever context names it."""
    if DOCKER_HOST:
        return DOCKER_HOST
    command = ["docker", "context", "inspect", "--format={{.Endpoints.docker.Host}}"]
    known = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
    environment = {**known, "DOCKER_CONFIG": DOCKER_CONFIG}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
