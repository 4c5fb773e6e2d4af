"""A Docker engine that is a dictionary, seen through the few calls of docker-py that devenv makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import requests
from docker.errors import APIError, NotFound

from devenv.engines.compose.containers import Containers
from devenv.engines.protocol import StackIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import docker

Filters = dict[str, list[str]]

SHOP = StackIdentity("shop-3f2a1c", Path("/projects/shop"), 1000)
# As `docker inspect` of Engine 28 gives it, cut down to what is read.
CAPTURED: dict[str, Any] = {
    "Id": "4f1c",
    "Name": "/shop-3f2a1c-temporal-1",
    "State": {
        "Status": "running",
        "Running": True,
        "ExitCode": 0,
        "StartedAt": "2026-01-02T03:04:05.123456789Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "Health": {"Status": "healthy", "FailingStreak": 0, "Log": []},
    },
    "Config": {
        "Image": "temporalio/server:1.32.2",
        "Labels": {
            "com.docker.compose.project": "shop-3f2a1c",
            "com.docker.compose.service": "temporal",
            "dev.temporal-devenv.stack": "shop-3f2a1c",
            "dev.temporal-devenv.project": "/projects/shop",
            "dev.temporal-devenv.owner": "1000",
        },
    },
}


def captured(
    service: str,
    *,
    exit_code: int | None = None,
    started_at: str = "2026-01-02T03:04:05.1Z",
    stack: str = "shop-3f2a1c",
    owner: int = 1000,
    number: int = 1,
) -> dict[str, Any]:
    """Return what `docker inspect` says of a service that runs, or has ended with `exit_code`."""
    is_running = exit_code is None
    state = {
        "Status": "running" if is_running else "exited",
        "Running": is_running,
        "ExitCode": exit_code or 0,
        "StartedAt": started_at,
    }
    labels = CAPTURED["Config"]["Labels"] | {
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": str(number),
        "dev.temporal-devenv.stack": stack,
        "dev.temporal-devenv.owner": str(owner),
    }
    return {
        "Id": f"{stack}-{service}" if number == 1 else f"{stack}-{service}-{number}",
        "Name": f"/{stack}-{service}-{number}",
        "State": state,
        "Config": {"Image": f"{service}:1", "Labels": labels},
    }


def conflict(reason: str) -> APIError:
    """Return the error of an engine that refuses a request."""
    response = requests.Response()
    response.status_code = 409
    return APIError(reason, response=response, explanation=reason)


@dataclass
class FakeVolume:
    """A named volume."""

    name: str
    labels: Mapping[str, str]

    @property
    def attrs(self) -> dict[str, Any]:
        return {"Labels": self.labels}


@dataclass
class FakeVolumes:
    """The volumes of an engine."""

    existing: list[FakeVolume] = field(default_factory=list)

    def list(self, *, filters: Filters) -> list[FakeVolume]:
        return [each for each in self.existing if carries(each.labels, filters)]


@dataclass
class FakeDockerApi:
    """Containers and networks; `going` are those that vanish between two requests."""

    volumes: FakeVolumes
    described: list[dict[str, Any]] = field(default_factory=list)
    networks_there: dict[str, Mapping[str, str]] = field(default_factory=dict)
    published: dict[str, list[int]] = field(default_factory=dict)
    going: set[str] = field(default_factory=set)
    refusals: dict[str, APIError | requests.ConnectionError] = field(default_factory=dict)
    output: dict[str, bytes] = field(default_factory=dict)
    mounts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    removed_with_volumes: list[str] = field(default_factory=list)
    stopped: dict[str, int] = field(default_factory=dict)
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)
    timeout: int = 30
    timeouts: set[int] = field(default_factory=set)

    def containers(self, *, all: bool = False, filters: Filters | None = None) -> list[dict[str, Any]]:  # noqa: A002  docker-py's word
        return [
            {
                "Id": each["Id"],
                "State": each["State"]["Status"],
                "Labels": each["Config"]["Labels"],
                "Names": [each["Name"]],
                "Created": each.get("Created", 0),
                "Mounts": self.mounts.get(each["Id"], []),
                "Ports": [{"PublicPort": port} for port in self.published.get(each["Id"], [])],
            }
            for each in self.described
            if carries(each["Config"]["Labels"], filters or {})
            and (all or each["State"]["Running"])
            and each["State"]["Status"] in (filters or {}).get("status", [each["State"]["Status"]])
        ]

    def inspect_container(self, container: str) -> dict[str, Any]:
        self._demand(container)
        return next(each for each in self.described if each["Id"] == container)

    def logs(
        self, container: str, *, tail: int = 0, since: int | None = None, timestamps: bool = False
    ) -> bytes:
        """Return the last lines; where times are asked for, `output` has one before each line."""
        self._demand(container)
        assert since is None or since > 0, "docker-py takes positive numbers only"
        lines = self.output.get(container, b"").splitlines()[-tail:]
        if not timestamps:
            return b"\n".join(lines)
        after = datetime.fromtimestamp(since or 0, UTC)
        stamped = (line for line in lines if datetime.fromisoformat(line.split()[0].decode()) >= after)
        return b"\n".join(stamped)

    def stats(self, container: str, *, stream: bool, one_shot: bool) -> dict[str, Any]:
        """Return what one look takes no time for; the engine would count twice, a second apart."""
        assert (stream, one_shot) == (False, True)
        self._demand(container)
        return {"memory_stats": self.memory.get(container, {})}

    def stop(self, container: str, timeout: int = 10) -> None:
        self._demand(container)
        self.stopped[container] = timeout

    def unpause(self, container: str) -> None:
        self._demand(container)
        self.inspect_container(container)["State"]["Status"] = "running"

    def rename(self, container: str, name: str) -> None:
        self._demand(container)
        self.inspect_container(container)["Name"] = f"/{name}"

    def remove_container(self, container: str, *, force: bool, v: bool) -> None:
        assert force
        self._remove(container)
        self.described = [each for each in self.described if each["Id"] != container]
        self.removed_with_volumes += [container] if v else []

    def networks(self, *, filters: Filters) -> list[dict[str, Any]]:
        return [
            {"Id": name, "Name": name, "Labels": labels}
            for name, labels in self.networks_there.items()
            if carries(labels, filters)
        ]

    def remove_network(self, network: str) -> None:
        self._remove(network)

    def remove_volume(self, name: str) -> None:
        self._remove(name)

    def _remove(self, item: str) -> None:
        self._demand(item)
        self.removed.append(item)

    def _demand(self, item: str) -> None:
        self.timeouts.add(self.timeout)
        if item in self.going:
            raise NotFound(f"no such thing: {item}")
        if item in self.refusals:
            raise self.refusals[item]


class FakeDocker:
    """What `docker.from_env` would return."""

    def __init__(self, described: Iterable[dict[str, Any]] = ()) -> None:
        self.volumes = FakeVolumes()
        self.api = FakeDockerApi(self.volumes, list(described))


def carries(labels: Mapping[str, str], filters: Filters) -> bool:
    """Tell whether something with `labels` passes Docker's label filters: `name` or `name=value`."""
    wanted = (each.partition("=") for each in filters.get("label", []))
    return all(name in labels and (not sign or labels[name] == value) for name, sign, value in wanted)


def containers(engine: FakeDocker) -> Containers:
    """Return what devenv sees of the containers of `engine`."""
    return Containers(cast("docker.DockerClient", engine))
