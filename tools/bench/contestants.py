"""Who competes: the devenv command, the peer's compose file, and the bare development server."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.errors import ImageNotFound, NotFound

from tools.bench.ports import BenchError, engine, is_held_by, is_published_by, published_by
from tools.bench.probe import Target
from tools.bench.running import coming_up, failed, in_background, timed, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.project.services import Ports

SCRIPTS = Path(sys.executable).parent
PEER_TAG = "temporal-devenv-bench"
PEER_PROJECT = "temporal-devenv-bench-peer"
# The service of the peer's file that is measured, and its port inside.
FRONTEND = ("temporal", 7233)
PEER_IMAGES = {
    "postgres": "postgres",
    "opensearch": "opensearchproject/opensearch",
    "temporal": "temporalio/server",
    "admin-tools": "temporalio/admin-tools",
    "ui": "temporalio/ui",
}
# The peer's file limit is more than some machines may give; its logic stays as it is.
PEER_OVERRIDE = "services:\n  opensearch:\n    ulimits: !reset null\n"
OPENSEARCH = re.compile(r"^  opensearch:$", re.MULTILINE)


class Devenv:
    """The installed command in a project of its own, on `ports` of its own."""

    def __init__(self, project: Path, ports: Ports) -> None:
        self.project = project
        self.ports = ports
        pinned = "\n".join(f"{name} = {port}" for name, port in ports.numbers.items())
        with (project / "devenv.toml").open("a") as settings:
            settings.write(f"\n[ports]\n{pinned}\n")

    def run(self, *arguments: str) -> float:
        """Run devenv and return the seconds it took.

        Raises:
            BenchError: It failed.
        """
        return timed(_shown(*arguments), self._command(*arguments), cwd=self.project)

    def document(self, *arguments: str) -> dict[str, Any]:
        """Return the JSON document of a command.

        Raises:
            BenchError: It failed.
        """
        command = self._command("-o", "json", *arguments)
        done = subprocess.run(command, cwd=self.project, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise failed(_shown(*arguments), done.returncode, done.stdout)
        return dict(json.loads(done.stdout))

    def stack(self) -> str:
        """Return the name of its stack, which is that of its Compose project, too."""
        return str(self.document("status")["stack"])

    @contextmanager
    def coming_up(self, stack: str) -> Iterator[Target]:
        """Run `up` on Compose in the background; it has ended well when this is left without an error."""
        command = self._command("up", "--engine", "compose")
        with coming_up(_shown("up"), command, cwd=self.project) as process:
            yield Target(
                "devenv",
                self.ports["grpc"],
                "orders",
                is_its_own=lambda: is_published_by(stack, self.ports["grpc"]),
                has_ended=lambda: bool(process.poll()),
            )

    def _command(self, *arguments: str) -> list[str]:
        return [str(SCRIPTS / "devenv"), "--quiet", *arguments]


def _shown(*arguments: str) -> str:
    return " ".join(["devenv", *arguments])


class Peer:
    """A compose file people would use instead, unchanged but for its file limit."""

    def __init__(self, compose_file: Path, scratch: Path) -> None:
        if not compose_file.is_file():
            raise BenchError(f"there is no file {compose_file}")
        override = scratch / f"{compose_file.stem}-override.yml"
        override.write_text(
            PEER_OVERRIDE if OPENSEARCH.search(compose_file.read_text()) else "services: {}\n"
        )
        self._command = [
            "docker", "compose", "-p", PEER_PROJECT, "--project-directory", str(compose_file.parent),
            "-f", str(compose_file), "-f", str(override),
        ]  # fmt: skip
        versions = ("POSTGRESQL", "OPENSEARCH", "TEMPORAL", "TEMPORAL_ADMINTOOLS", "TEMPORAL_UI")
        self._environment = os.environ | {f"{name}_VERSION": PEER_TAG for name in versions}

    @functools.cached_property
    def _resolved(self) -> dict[str, Any]:
        command = [*self._command, "config", "--format", "json"]
        done = subprocess.run(command, env=self._environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise failed("docker compose config", done.returncode, done.stderr)
        return dict(json.loads(done.stdout))

    def ports(self) -> dict[int, str]:
        """Return the ports of this machine that it publishes, each with what needs it.

        Raises:
            BenchError: Compose cannot read the file, or it publishes no frontend.
        """
        published = published_by(self._resolved)
        if FRONTEND not in published.values():
            raise BenchError(f"the peer's file publishes no port {FRONTEND[1]} of a service {FRONTEND[0]}")
        return {port: f"the peer's service {service}" for port, (service, _) in published.items()}

    @property
    def grpc(self) -> int:
        """The port of this machine on which its frontend answers."""
        return next(port for port, what in published_by(self._resolved).items() if what == FRONTEND)

    @property
    def repositories(self) -> dict[str, str]:
        """The repositories of images that its file uses, by the name that devenv gives their service."""
        used = {str(service["image"]).rpartition(":")[0] for service in self._resolved["services"].values()}
        return {service: repository for service, repository in PEER_IMAGES.items() if repository in used}

    @contextmanager
    def coming_up(self) -> Iterator[Target]:
        """Start it in the background; it has ended well when this is left without an error."""
        command = [*self._command, "up", "-d"]
        with coming_up("docker compose up", command, environment=self._environment) as process:
            yield Target(
                "the peer",
                self.grpc,
                "default",
                is_its_own=lambda: is_published_by(PEER_PROJECT, self.grpc),
                has_ended=lambda: bool(process.poll()),
            )

    def down(self, *arguments: str) -> float:
        """Take it down and return the seconds it took."""
        # Its volumes have no name: once the containers are gone, nobody could tell whose they were.
        volumes = _mounted_volumes(PEER_PROJECT)
        command = [*self._command, "down", *arguments]
        seconds = timed("docker compose down", command, environment=self._environment)
        _remove_volumes(volumes)
        return seconds


def _mounted_volumes(project: str) -> list[str]:
    label = f"com.docker.compose.project={project}"
    containers = engine().containers.list(all=True, filters={"label": label})
    mounts = [mount for container in containers for mount in container.attrs["Mounts"]]
    return [str(mount["Name"]) for mount in mounts if mount["Type"] == "volume"]


def _remove_volumes(names: list[str]) -> None:
    client = engine()
    for name in names:
        with suppress(NotFound):
            client.volumes.get(name).remove()


@contextmanager
def tagged_for_peer(peer: Peer, refs: dict[str, str]) -> Iterator[None]:
    """Have the images of a devenv stack, by service, under the names that the peer's file asks for."""
    client = engine()
    repositories = peer.repositories
    missing = [service for service in repositories if service not in refs]
    if missing:
        raise BenchError(f"there is no image for {', '.join(missing)}: run `devenv images build`")
    try:
        for service, repository in repositories.items():
            client.images.get(refs[service]).tag(repository, PEER_TAG)
        yield
    finally:
        with undisturbed():
            for repository in repositories.values():
                with suppress(ImageNotFound):
                    client.images.remove(f"{repository}:{PEER_TAG}", noprune=True)


@contextmanager
def dev_server(port: int, scratch: Path) -> Iterator[Target]:
    """Run the bare development server on a fresh database."""
    database = scratch / "bare.db"
    database.unlink(missing_ok=True)
    command = [
        str(SCRIPTS / "temporal"), "server", "start-dev", "--port", str(port), "--headless",
        "--db-filename", str(database), "--disable-config-file", "--disable-config-env",
    ]  # fmt: skip
    with in_background(command) as process:
        yield Target(
            "the bare development server",
            port,
            "default",
            is_its_own=lambda: is_held_by(process.pid, port),
            has_ended=lambda: process.poll() is not None,
        )


def memory_mb(project: str) -> float:
    """Return the megabytes that all containers of a Compose project use now, without page cache."""
    client = engine()
    containers = client.containers.list(filters={"label": f"com.docker.compose.project={project}"})
    return sum(_usage_bytes(container.stats(stream=False)) for container in containers) / 1e6


def _usage_bytes(stats: Any) -> int:
    memory = stats["memory_stats"]
    details = memory.get("stats", {})
    # What `docker stats` subtracts: file pages that can be dropped (cgroup v1 and v2 name them differently).
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(memory["usage"]) - int(cache)


def fresh_project(example: Path, scratch: Path, *, settings: str = "") -> Path:
    """Return a copy of the example project, as a user would have it; `settings` come before its own."""
    project = scratch / f"shop{len(list(scratch.glob('shop*')))}"
    shutil.copytree(example, project)
    file = project / "devenv.toml"
    file.write_text(settings + file.read_text())
    return project
