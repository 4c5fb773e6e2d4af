"""Containers of a test run: started with plain `docker run`, found by label, always removed."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMAND_TIMEOUT_S = 120
POLL_S = 0.1
LABEL = "dev.temporal-devenv.test"
START_TIMEOUT_S = 60
# As the stack has its containers.
HARDENED = ("--cap-drop=ALL", "--security-opt=no-new-privileges:true")
READ_ONLY = (*HARDENED, "--read-only", "--tmpfs=/tmp")


@dataclass(frozen=True)
class Finished:
    """A command that ended; `output` is both streams."""

    exit_code: int
    output: str

    @property
    def is_refusal(self) -> bool:
        """Whether it failed with exit code 1 and said something."""
        return self.exit_code == 1 and self.output != ""


@dataclass(frozen=True)
class Container:
    """A container that was started in the background."""

    identifier: str

    def execute(self, *command: str, flags: Sequence[str] = ()) -> Finished:
        return _docker("exec", *flags, self.identifier, *command)

    def output(self, *command: str) -> str:
        """Return what `command` prints inside, which must succeed."""
        finished = self.execute(*command)
        assert finished.exit_code == 0, finished.output
        return finished.output.strip()

    def logs(self) -> str:
        return _docker("logs", self.identifier).output

    def restart(self) -> None:
        assert _docker("restart", self.identifier).exit_code == 0

    def stop(self) -> int:
        """Stop it with the image's own signal and return its exit code."""
        _docker("stop", "--time=20", self.identifier)
        return int(self._state()["ExitCode"])

    def wait_until(self, is_so: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait for `is_so`, as long as the container runs."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert self._state()["Running"], f"the container ended\n{self.logs()}"
            assert time.monotonic() < deadline, f"not so after {timeout_s} s\n{self.logs()}"
            time.sleep(POLL_S)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(
            _docker("inspect", "--format={{json .State}}", self.identifier).output
        )
        return state


@dataclass(frozen=True)
class ContainerRuns:
    """Runs containers under a label of its own."""

    label: str = field(default_factory=lambda: f"{LABEL}={uuid.uuid4().hex[:12]}")

    def run(self, image: str, *command: str, flags: Sequence[str] = ()) -> Finished:
        """Run `command` in a new container to its end."""
        return _docker("run", "--rm", "--pull=never", f"--label={self.label}", *flags, image, *command)

    def start(self, image: str, *command: str, flags: Sequence[str] = ()) -> Container:
        """Start a container in the background."""
        started = _docker("run", "-d", "--pull=never", f"--label={self.label}", *flags, image, *command)
        assert started.exit_code == 0, started.output
        return Container(started.output.strip().splitlines()[-1])

    def remove_all(self) -> None:
        """Remove every container of this object, with its anonymous volumes."""
        listed = _docker("ps", "--all", "--quiet", f"--filter=label={self.label}").output.split()
        if listed:
            _docker("rm", "--force", "--volumes", *listed)


def image_config(image: str) -> dict[str, Any]:
    """Return what the image says about how it wants to be run."""
    config: dict[str, Any] = json.loads(
        _docker("image", "inspect", "--format={{json .Config}}", image).output
    )
    return config


def local_images() -> set[str]:
    """Return the references of all images on the engine; empty without an engine."""
    try:
        listed = _docker("image", "ls", "--format={{.Repository}}:{{.Tag}}")
    except FileNotFoundError:
        return set()
    return set(listed.output.split()) if listed.exit_code == 0 else set()


def _docker(*arguments: str) -> Finished:
    done = subprocess.run(
        ["docker", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    return Finished(done.returncode, done.stdout)
