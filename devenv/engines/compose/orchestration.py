"""Calls Docker Compose. The only home of python-on-whales; who only looks at a stack need not import it."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

from python_on_whales import DockerClient

from devenv.engines.compose.compose_run import ComposeRuns, stream_output
from devenv.engines.compose.files import LAUNCH_FILE, STACK_FILE, VARIANT_FILE
from devenv.engines.compose.password import ENV_FILE
from devenv.engines.compose.removal import STOP_TIMEOUT_S
from devenv.temporal.server_log import is_for_devenv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from devenv.engines.protocol import StackIdentity

# Each of several services may take all of its time to stop, on an engine that is busy with others.
DEADLINE_S = 300
# The patience of `up` is the setting `timeout`; this ends a Compose that nobody waits for any more.
LAUNCH_DEADLINE_S = 3600
SET_BY_DEVENV = re.compile(r"\$\{([A-Z_]+)")


class Orchestration:
    """Docker Compose for one stack: deaf to everything but the files written for it in `directory`.

    Compose prefers a variable of the shell to one of an env file, and reads `COMPOSE_*` and an `.env` of the
    working directory: none of that may steer a stack, so those variables are unset for its process.

    Every method raises `CommandFailedError` with Compose's own words when it fails, and when it takes longer
    than its deadline.
    """

    def __init__(self, stack: StackIdentity, directory: Path) -> None:
        files = _files(directory)
        env_file = directory / ENV_FILE
        hidden = _hidden_variables([directory / STACK_FILE, directory / VARIANT_FILE])
        self._environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self._runs = ComposeRuns(directory)
        self._client = DockerClient(
            client_call=["env", *(word for name in sorted(hidden) for word in ("-u", name)), "docker"],
            client_type="docker",
            compose_files=[str(file) for file in files],
            compose_project_name=stack.name,
            # Builds look for their own files there; a project that is gone has none any more.
            compose_project_directory=str(stack.project if stack.project.is_dir() else directory),
            compose_env_files=[str(env_file)] if env_file.is_file() else [],
        )

    def create(self) -> None:
        """Create every container and replace those that changed; start none."""
        self._run("create", "--pull", "never", "--remove-orphans", deadline_s=LAUNCH_DEADLINE_S)

    def up(self) -> None:
        """Create and start every container; returns when the last is started."""
        options = ("--detach", "--pull", "never", "--remove-orphans")
        self._run("up", *options, deadline_s=LAUNCH_DEADLINE_S)

    def stop(self, services: Sequence[str]) -> None:
        """Stop all or the named services."""
        self._run("stop", "--timeout", str(STOP_TIMEOUT_S), *services, deadline_s=DEADLINE_S)

    def start(self, services: Sequence[str]) -> None:
        """Start all or the named services."""
        self._run("start", *services, deadline_s=DEADLINE_S)

    def end(self) -> None:
        """End what another thread runs; it begins nothing more."""
        self._runs.end()

    def logs(
        self, services: Sequence[str], *, follow: bool, tail: int | None, since: datetime | None = None
    ) -> Iterator[str]:
        """Yield log lines with Compose's prefix, without those for devenv only.

        `tail` counts the lines of each container that are yielded.
        """
        lines: Iterable[str] = ()
        surplus: Counter[str] = Counter()
        if tail:
            lines, asked = self._last_lines(services, tail, since)
            seen = Counter(_container(line) for line in lines if not is_for_devenv(line))
            surplus.update({name: count - tail for name, count in seen.items() if count > tail})
            tail = asked
        if follow or not tail:
            lines = self._compose_logs(services, follow=follow, tail=tail, since=since)
        for line in lines:
            if is_for_devenv(line):
                continue
            if surplus[_container(line)]:
                surplus[_container(line)] -= 1
            else:
                yield line

    def _last_lines(
        self, services: Sequence[str], tail: int, since: datetime | None
    ) -> tuple[list[str], int]:
        """Return the last lines of each container, at least `tail` for users, and how many were asked for."""
        asked, lines = tail, list(self._compose_logs(services, follow=False, tail=tail, since=since))
        while asked < (needed := tail + sum(map(is_for_devenv, lines))):
            asked = needed
            lines = list(self._compose_logs(services, follow=False, tail=needed, since=since))
        return lines, asked

    def _compose_logs(
        self, services: Sequence[str], *, follow: bool, tail: int | None, since: datetime | None
    ) -> Iterator[str]:
        options = [
            "--no-color",
            *(["--follow"] if follow else []),
            *([] if tail is None else ["--tail", str(tail)]),
            *([] if since is None else ["--since", since.isoformat()]),
        ]
        command = self._command("logs", *options, *services)
        return stream_output("logs", command, self._environment)

    def _command(self, verb: str, *arguments: str) -> list[str]:
        compose = [str(part) for part in self._client.compose.docker_compose_cmd]
        # Not by way of `env`: the process that is recorded and ended is Docker's own command.
        return ["docker", *compose[compose.index("docker") + 1 :], verb, *arguments]

    def _run(self, verb: str, *arguments: str, deadline_s: float) -> None:
        self._runs.run(verb, self._command(verb, *arguments), self._environment, deadline_s)


def _container(line: str) -> str:
    """Return the container of a log line, which is Compose's prefix."""
    return line.partition("|")[0]


def _files(directory: Path) -> list[Path]:
    """Return the Compose files of a stack: where it has overlays, the one that was made of all and reviewed.

    Overlays are never read again. One that is changed, wrong or gone stands in nobody's way to a stack that
    runs, and Compose does nothing for it unasked. There is a file where anything was launched: without any,
    Compose would look in the directories above.
    """
    if (launch_file := directory / LAUNCH_FILE).is_file():
        return [launch_file]
    return [file for file in (directory / STACK_FILE, directory / VARIANT_FILE) if file.is_file()]


def _hidden_variables(own_files: Sequence[Path]) -> set[str]:
    """Return the variables that Compose must not see: those that its files get from the env file."""
    texts = (file.read_text() for file in own_files if file.is_file())
    interpolated = {name for text in texts for name in SET_BY_DEVENV.findall(text)}
    return interpolated | {name for name in os.environ if name.startswith("COMPOSE_")}
