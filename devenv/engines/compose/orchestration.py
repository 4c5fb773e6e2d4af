"""Calls Docker Compose. The only home of python-on-whales; who only looks at a stack need not import it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devenv.engines.protocol import StackIdentity

ENV_FILE = "stack.env"
STACK_FILE = "stack.yaml"
LABELS_FILE = "labels.yaml"
OVERLAYS_FILE = "overlays.json"
OUTPUT_LINES = 15
STOP_TIMEOUT_S = 10
# What is deleted with its data need not end well; Postgres that makes its first database takes all of 10 s.
DELETE_TIMEOUT_S = 1
SET_BY_DEVENV = re.compile(r"\$\{([A-Z_]+)")


class Orchestration:
    """Docker Compose for one stack: deaf to everything but the files written for it in `directory`.

    Compose prefers a variable of the shell to one of an env file, and reads `COMPOSE_*` and an `.env` of the
    working directory: none of that may steer a stack, so those variables are unset for its process.

    Every method raises `CommandFailedError` with Compose's own words when it fails.
    """

    def __init__(self, stack: StackIdentity, directory: Path) -> None:
        files = _files(directory)
        env_file = directory / ENV_FILE
        self._client = DockerClient(
            client_call=[*_unsetting(directory / STACK_FILE), "docker"],
            client_type="docker",
            compose_files=[str(file) for file in files],
            compose_project_name=stack.name,
            # Relative paths of an overlay are the project's; a project that is gone has none any more.
            compose_project_directory=str(stack.project if stack.project.is_dir() else directory),
            compose_env_files=[str(env_file)] if env_file.is_file() else [],
        )

    def up(self) -> None:
        """Create and start every container; returns when the last is started."""
        compose = self._client.compose
        _explained("up", lambda: compose.up(detach=True, quiet=True, pull="never", remove_orphans=True))

    def stop(self, services: Sequence[str]) -> None:
        """Stop all or the named services."""
        compose = self._client.compose
        _explained("stop", lambda: compose.stop(list(services) or None, timeout=STOP_TIMEOUT_S))

    def start(self, services: Sequence[str]) -> None:
        """Start all or the named services."""
        compose = self._client.compose
        _explained("start", lambda: compose.start(list(services) or None))

    def down(self, *, volumes: bool) -> None:
        """Remove containers and networks, and with `volumes` the volumes of the stack file."""
        compose = self._client.compose
        timeout = DELETE_TIMEOUT_S if volumes else STOP_TIMEOUT_S
        _explained(
            "down", lambda: compose.down(remove_orphans=True, volumes=volumes, timeout=timeout, quiet=True)
        )

    def logs(self, services: Sequence[str], *, follow: bool, tail: int | None) -> Iterator[str]:
        """Yield log lines as Compose writes them, with its prefix."""
        lines = None if tail is None else str(tail)
        try:
            for _, raw in self._client.compose.logs(list(services), follow=follow, tail=lines, stream=True):
                yield raw.decode(errors="replace").rstrip("\r\n")
        except DockerException as error:
            raise _failure("logs", error) from error


def _files(directory: Path) -> list[Path]:
    """Return the Compose files of a stack; an overlay that is gone, maybe with its project, is left out.

    There is one where anything was launched: without any, Compose would look in the directories above.
    """
    listed = directory / OVERLAYS_FILE
    overlays = [Path(name) for name in json.loads(listed.read_text())] if listed.is_file() else []
    files = [directory / STACK_FILE, *overlays, directory / LABELS_FILE]
    return [file for file in files if file.is_file()]


def _unsetting(stack_file: Path) -> list[str]:
    """Return a prefix that hides variables from a command; an overlay may use those of the shell."""
    interpolated = set(SET_BY_DEVENV.findall(stack_file.read_text())) if stack_file.is_file() else set()
    steering = {name for name in os.environ if name.startswith("COMPOSE_")}
    unset = [argument for name in sorted(interpolated | steering) for argument in ("-u", name)]
    return ["env", *unset]


def _explained(verb: str, call: Callable[[], object]) -> None:
    try:
        call()
    except DockerException as error:
        raise _failure(verb, error) from error


def _failure(verb: str, error: DockerException) -> CommandFailedError:
    output = (error.stderr or "").strip().splitlines()
    command = [str(part) for part in error.docker_command]
    return CommandFailedError(f"`docker compose {verb}` failed", command, output[-OUTPUT_LINES:])
