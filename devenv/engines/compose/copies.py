"""Copies of the volumes of a stack, by Docker's archives and the stack's own image of Postgres.

A copy is what the volumes would have after a power cut at one moment: the server is held first, then what
it keeps its data in, and all of it is copied while nothing runs. Both databases recover from that by
themselves. What the server was told is stored is in it: Postgres writes everything out, and OpenSearch has
done so, before they are held. What is to be listed and is not yet listed is a task in Postgres.

Restored data is put into the volumes beside the old, and takes its place when all of it is there and
Postgres has opened it (`settle.sh`).
"""

from __future__ import annotations

import gzip
import time
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from typing import IO, TYPE_CHECKING, Any, cast

from docker.errors import APIError, NotFound

from devenv.engines.compose import labels
from devenv.engines.compose.containers import translated
from devenv.engines.copying import SavedData
from devenv.engines.docker.connection import LONG_TIMEOUT_S, patience
from devenv.errors import CommandFailedError, DevenvError
from devenv.files.atomic import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devenv.engines.compose.containers import Containers
    from devenv.engines.protocol import StackIdentity

VOLUMES = ("postgres-data", "opensearch-data")
# Where the add-on of that name archives the log of Postgres, which must not have two segments of one name.
BACKUPS = "backups"
# In this order: what writes is held before what it writes to.
HELD = ("temporal", "postgres", "opensearch")
SUFFIX = ".tar.gz"
PLACE = "/devenv"
CHUNK = 1 << 20
# Zeros and text are most of it; more would hold the server for longer.
COMPRESSION = 1
WRITE_OUT = {
    "postgres": ["psql", "-h", "127.0.0.1", "-U", "temporal", "-d", "temporal", "-qc", "CHECKPOINT"],
    "opensearch": ["curl", "-sf", "-o", "/dev/null", "-X", "POST", "http://127.0.0.1:9200/_flush?force=true"],
}
PAUSE_TRIES = 20
PAUSE_INTERVAL_S = 0.5
PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105  the name of a variable
TIMELINE = "TIMELINE"
# 2026-01-01; a timeline of Postgres is a number of 32 bits, that of each restore higher than those before.
TIMELINES_BEGAN = 1_767_225_600
LOG_LINES = 15


class Copies:
    """The copies of one stack, with containers of `image` that only devenv itself uses."""

    def __init__(self, containers: Containers, stack: StackIdentity, image: str) -> None:
        self._containers = containers
        self._client = containers.client
        self._api = self._client.api
        self._stack = stack
        self._image = image

    @translated
    def save(self, directory: Path) -> SavedData:
        """Write an archive of each volume to `directory`.

        Raises:
            CommandFailedError: Docker or a database refuses.
            DevenvError: There is no room.
        """
        volumes = self._volumes()
        with patience(self._api, LONG_TIMEOUT_S), self._helper(volumes) as helper, self._held() as held:
            for role in volumes:
                self._fetch(helper, role, directory / f"{role}{SUFFIX}")
            began = held
        return SavedData(held_s=time.monotonic() - began if began else 0.0)

    @translated
    def restore(self, directory: Path, password: str) -> None:
        """Fill the volumes from the archives in `directory`, and have Postgres take `password`.

        Raises:
            CommandFailedError: Docker refuses, or Postgres cannot open the data.
        """
        self.settle()
        archives = {role: path for role in VOLUMES if (path := directory / f"{role}{SUFFIX}").is_file()}
        volumes = self._volumes()
        volumes |= {role: self._make(role) for role in archives if role not in volumes}
        try:
            with patience(self._api, LONG_TIMEOUT_S), self._helper(volumes) as helper:
                for role, path in archives.items():
                    self._put(helper, role, path)
            self.adopt(password)
        except BaseException:
            # The first failure is told; where this fails as well, a later command tries it again.
            with suppress(DevenvError, APIError):
                self.settle()
            raise

    @translated
    def adopt(self, password: str) -> None:
        """Make what is complete beside the data the only data, with Postgres taking `password`.

        Raises:
            CommandFailedError: Postgres cannot open it.
        """
        environment = {PASSWORD: password}
        if self._named_volumes(BACKUPS):
            environment[TIMELINE] = f"{max(0, int(time.time()) - TIMELINES_BEGAN):08X}"
        self._settle_script("commit", self._volumes(), environment)

    @translated
    def run_beside(self, script: str, environment: Mapping[str, str], network: str) -> str:
        """Run a script as root in a container that has every volume of the stack; return what it prints.

        Raises:
            CommandFailedError: With what it printed.
        """
        return self._run_script(["sh", "-c", script], self._named_volumes(), environment, network)

    @translated
    def settle(self) -> bool:
        """Finish a restore that was begun so far that it can be, undo another; return whether it is finished.

        Containers that only devenv itself used are removed.
        """
        for item in self._api.containers(all=True, filters=labels.filters_of(self._stack)):
            if labels.COMPOSE_SERVICE not in item["Labels"]:
                self._api.remove_container(item["Id"], force=True)
        volumes = self._volumes()
        if not volumes:
            return False
        said = self._settle_script("settle", volumes, {})
        for role, volume in volumes.items():
            if f"empty {role}" in said:
                # It was made for what did not come.
                self._api.remove_volume(volume)
        return "restored" in said

    def _volumes(self) -> dict[str, str]:
        """Return the names of the volumes that the stack has, by what the Compose file calls them."""
        return self._named_volumes(*VOLUMES)

    def _named_volumes(self, *wanted: str) -> dict[str, str]:
        """Return those of the volumes that are `wanted`, or all, by what the Compose file calls them."""
        found = self._client.volumes.list(filters=labels.filters_of(self._stack))
        roles = {item.attrs["Labels"].get(labels.COMPOSE_VOLUME, ""): item.name for item in found}
        return {role: name for role, name in sorted(roles.items()) if role in (wanted or roles)}

    def _make(self, role: str) -> str:
        """Make a volume as Compose does, which takes it for its own."""
        name = f"{self._stack.name}_{role}"
        also = {labels.COMPOSE_PROJECT: self._stack.name, labels.COMPOSE_VOLUME: role}
        self._api.create_volume(name, labels={**labels.labels_of(self._stack), **also})
        return name

    @contextmanager
    def _helper(self, volumes: Mapping[str, str]) -> Iterator[str]:
        """Yield a container that has `volumes`, and is never started."""
        container = self._create(volumes, ["true"], {})
        try:
            yield container
        finally:
            with suppress(NotFound):
                self._api.remove_container(container, force=True, v=True)

    def _create(
        self,
        volumes: Mapping[str, str],
        command: list[str],
        environment: Mapping[str, str],
        network: str = "none",
    ) -> str:
        host = self._api.create_host_config(
            binds=[f"{volume}:{PLACE}/{role}" for role, volume in volumes.items()],
            network_mode=network,
            security_opt=["no-new-privileges:true"],
            tmpfs={"/var/run/postgresql": "mode=1777", "/tmp": "mode=1777"},  # noqa: S108  in the container
        )
        made: dict[str, Any] = self._api.create_container(
            self._image,
            entrypoint=command,
            user="0:0",
            environment=dict(environment),
            labels=labels.own_labels(self._stack),
            host_config=host,
        )
        return str(made["Id"])

    @contextmanager
    def _held(self) -> Iterator[float | None]:
        """Hold what runs of the stack while the block runs; yield when that began, None if nothing runs."""
        began = None
        # What Postgres writes out now it need not write while the server is held.
        if postgres := self._containers.identifier(self._stack, "postgres"):
            self._write_out("postgres", postgres)
        with ExitStack() as until_copied:
            for service in HELD:
                container = self._containers.identifier(self._stack, service)
                if container is None:
                    continue
                began = began or time.monotonic()
                self._write_out(service, container)
                until_copied.callback(self._go_on, container)
                self._pause(container)
            yield began

    def _pause(self, container: str) -> None:
        """Pause a container; the kernel refuses as long as a process of it waits for a busy disk."""
        for _ in range(PAUSE_TRIES - 1):
            try:
                return self._api.pause(container)
            except APIError as error:
                if "freeze" not in str(error):
                    raise
            time.sleep(PAUSE_INTERVAL_S)
        return self._api.pause(container)

    def _go_on(self, container: str) -> None:
        with suppress(NotFound):
            if self._api.inspect_container(container)["State"]["Paused"]:
                self._api.unpause(container)

    def _write_out(self, service: str, container: str) -> None:
        """Have a database write to its files what it has said is stored, and is in memory alone."""
        if service not in WRITE_OUT:
            return
        run = self._api.exec_create(container, WRITE_OUT[service])["Id"]
        said = self._api.exec_start(run).decode(errors="replace").splitlines()
        if self._api.exec_inspect(run)["ExitCode"] != 0:
            what, hint = f"{service} does not write its data out", f"see why: `devenv logs {service}`"
            raise CommandFailedError(what, WRITE_OUT[service], said, hint=hint)

    def _fetch(self, helper: str, role: str, path: Path) -> None:
        chunks, _ = self._api.get_archive(helper, f"{PLACE}/{role}", chunk_size=CHUNK)
        with (
            explained("write", path),
            path.open("wb") as file,
            gzip.GzipFile("", "wb", COMPRESSION, file, mtime=0) as archive,
        ):
            try:
                for chunk in chunks:
                    archive.write(chunk)
            finally:
                # Until all is read, Docker keeps the container from being removed.
                deque(chunks, maxlen=0)

    def _put(self, helper: str, role: str, path: Path) -> None:
        """Unpack an archive into its volume, where it makes a directory with the volume's own name."""
        with explained("read", path), path.open("rb") as file:
            # docker-py hands the file on to requests, which reads it piece by piece.
            self._api.put_archive(helper, f"{PLACE}/{role}", cast("IO[bytes]", file))

    def _settle_script(self, verb: str, volumes: Mapping[str, str], environment: Mapping[str, str]) -> str:
        try:
            return self._run_script(["sh", "-c", _script(), "settle", verb], volumes, environment)
        except CommandFailedError as error:
            raise CommandFailedError(
                "The copy cannot become the data of the stack", [], error.details
            ) from error

    def _run_script(
        self,
        command: list[str],
        volumes: Mapping[str, str],
        environment: Mapping[str, str],
        network: str = "none",
    ) -> str:
        container = self._create(volumes, command, environment, network)
        try:
            self._api.start(container)
            code = self._api.wait(container, timeout=LONG_TIMEOUT_S)["StatusCode"]
            said: str = self._api.logs(container).decode(errors="replace")
        finally:
            with suppress(NotFound):
                self._api.remove_container(container, force=True, v=True)
        if code != 0:
            raise CommandFailedError("A script failed", [], said.splitlines()[-LOG_LINES:])
        return said


def _script() -> str:
    return files("devenv.engines.compose").joinpath("settle.sh").read_text(encoding="utf-8")
