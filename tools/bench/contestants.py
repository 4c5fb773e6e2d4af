"""Who competes: the devenv command, the peer's compose file, and the bare development server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import ImageNotFound, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(sys.executable).parent
PEER_TAG = "temporal-devenv-bench"
PEER_PROJECT = "temporal-devenv-bench-peer"
PEER_IMAGES = {
    "postgres": "postgres",
    "opensearch": "opensearchproject/opensearch",
    "temporal": "temporalio/server",
    "admin-tools": "temporalio/admin-tools",
    "ui": "temporalio/ui",
}
# The peer's file limit is more than some machines may give; its logic stays as it is.
PEER_OVERRIDE = "services:\n  opensearch:\n    ulimits: !reset null\n"


class Devenv:
    """The installed command in a project of its own."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def run(self, *arguments: str) -> float:
        """Run devenv and return the seconds it took.

        Raises:
            CalledProcessError: It failed.
        """
        return timed([str(SCRIPTS / "devenv"), "--quiet", *arguments], cwd=self.project)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run devenv in the background."""
        command = [str(SCRIPTS / "devenv"), "--quiet", *arguments]
        return subprocess.Popen(command, cwd=self.project, stdout=subprocess.DEVNULL)

    def document(self, *arguments: str) -> dict[str, object]:
        """Return the JSON document of a command."""
        command = [str(SCRIPTS / "devenv"), "--quiet", "-o", "json", *arguments]
        done = subprocess.run(command, cwd=self.project, check=True, capture_output=True, text=True)
        return dict(json.loads(done.stdout))


class Peer:
    """The compose file people would use instead, unchanged but for its file limit."""

    def __init__(self, compose_file: Path, scratch: Path) -> None:
        override = scratch / "peer-override.yml"
        override.write_text(PEER_OVERRIDE)
        self._command = [
            "docker", "compose", "-p", PEER_PROJECT, "--project-directory", str(compose_file.parent),
            "-f", str(compose_file), "-f", str(override),
        ]  # fmt: skip
        versions = ("POSTGRESQL", "OPENSEARCH", "TEMPORAL", "TEMPORAL_ADMINTOOLS", "TEMPORAL_UI")
        self._environment = os.environ | {f"{name}_VERSION": PEER_TAG for name in versions}

    def up(self) -> subprocess.Popen[bytes]:
        """Start it in the background."""
        return subprocess.Popen(
            [*self._command, "up", "-d"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def down(self, *arguments: str) -> float:
        """Take it down and return the seconds it took."""
        # Its volumes have no name: once the containers are gone, nobody could tell whose they were.
        volumes = _mounted_volumes(PEER_PROJECT)
        seconds = timed([*self._command, "down", *arguments], environment=self._environment)
        _remove_volumes(volumes)
        return seconds


def _mounted_volumes(project: str) -> list[str]:
    label = f"com.docker.compose.project={project}"
    containers = docker.from_env().containers.list(all=True, filters={"label": label})
    mounts = [mount for container in containers for mount in container.attrs["Mounts"]]
    return [str(mount["Name"]) for mount in mounts if mount["Type"] == "volume"]


def _remove_volumes(names: list[str]) -> None:
    client = docker.from_env()
    for name in names:
        with suppress(NotFound):
            client.volumes.get(name).remove()


@contextmanager
def tagged_for_peer(refs: dict[str, str]) -> Iterator[None]:
    """Have the images of a devenv stack under the names that the peer's file asks for."""
    client = docker.from_env()
    for service, repository in PEER_IMAGES.items():
        client.images.get(refs[service]).tag(repository, PEER_TAG)
    try:
        yield
    finally:
        for repository in PEER_IMAGES.values():
            try:
                client.images.remove(f"{repository}:{PEER_TAG}", noprune=True)
            except ImageNotFound:
                continue


@contextmanager
def dev_server(port: int, scratch: Path) -> Iterator[float]:
    """Run the bare development server on a fresh database; yields the moment it was started."""
    database = scratch / "bare.db"
    database.unlink(missing_ok=True)
    command = [
        str(SCRIPTS / "temporal"), "server", "start-dev", "--port", str(port), "--db-filename", str(database),
    ]  # fmt: skip
    began = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield began
    finally:
        server.terminate()
        server.wait(timeout=30)


def memory_mb(project: str) -> float:
    """Return the megabytes that all containers of a Compose project use now, without page cache."""
    client = docker.from_env()
    containers = client.containers.list(filters={"label": f"com.docker.compose.project={project}"})
    return sum(_usage_bytes(container.stats(stream=False)) for container in containers) / 1e6


def _usage_bytes(stats: Any) -> int:
    memory = stats["memory_stats"]
    details = memory.get("stats", {})
    # What `docker stats` subtracts: file pages that can be dropped (cgroup v1 and v2 name them differently).
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(memory["usage"]) - int(cache)


def timed(command: list[str], cwd: Path | None = None, environment: dict[str, str] | None = None) -> float:
    """Run a command to its end and return the seconds it took."""
    began = time.monotonic()
    subprocess.run(
        command, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.monotonic() - began


def fresh_project(example: Path, scratch: Path) -> Path:
    """Return a copy of the example project, as a user would have it."""
    project = scratch / "shop"
    shutil.copytree(example, project)
    return project
