"""What of a stack exists on the Docker engine, found by its labels."""

from __future__ import annotations

import functools
import io
import tarfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from devenv.engines.compose import labels
from devenv.engines.compose.activity import with_activities
from devenv.engines.compose.removal import clear_leftovers, remove_all
from devenv.engines.docker.connection import LONG_TIMEOUT_S, explained, patience
from devenv.engines.protocol import ENDED, Service
from devenv.errors import CommandFailedError, NotRunningError
from devenv.project.services import ONE_SHOTS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import docker

    from devenv.engines.protocol import StackIdentity

MEMORY_PATIENCE_S = 3
PGDATA = "/var/lib/postgresql/data"

# Services of the stack file that never end by themselves, whatever an overlay makes of them.
LASTING = tuple(service.name for service in SERVICES)
PUBLISHING = frozenset(service.name for service in SERVICES if service.ports)


P = ParamSpec("P")
T = TypeVar("T")


def translated(method: Callable[P, T]) -> Callable[P, T]:
    """Have `method` raise `CommandFailedError` for a refusal, `PrerequisiteError` if the engine is gone."""

    @functools.wraps(method)
    def call(*arguments: P.args, **keywords: P.kwargs) -> T:
        try:
            return method(*arguments, **keywords)
        except APIError as error:
            reason = [str(error.explanation or error)]
            raise CommandFailedError("The Docker engine refused a request", [], reason) from error
        except (DockerException, RequestException, HTTPError) as error:
            raise explained(error) from error

    return call


@dataclass(frozen=True)
class Publisher:
    """A container that publishes a port; `stack` is None where it belongs to no stack of devenv."""

    name: str
    stack: str | None

    def describe(self) -> str:
        """Return what people are told of who has the port."""
        return f"the container {self.name}"


class Containers:
    """Containers, networks and volumes of stacks on one engine."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client

    @translated
    def services(self, stack: StackIdentity, *, one_shots: bool = False) -> list[Service]:
        """Return the services of `stack`, one-shots among them if asked for, in the order of their names.

        Each costs a request.
        """
        listed = self.client.api.containers(all=True, filters=labels.filters_of(stack))
        without = () if one_shots else ONE_SHOTS
        # One without a service is devenv's own, for a moment.
        named = {item["Id"]: item["Labels"].get(labels.COMPOSE_SERVICE) for item in listed}
        wanted = (each for each, name in named.items() if name is not None and name not in without)
        # What goes while one looks is not there.
        found = with_numbers([item for item in map(self._inspect, wanted) if item is not None])
        once = {item["Labels"].get(labels.COMPOSE_SERVICE): item["State"] for item in listed}
        states = {name: once[name] for name in ONE_SHOTS if name in once}
        return sorted(with_activities(found, states), key=lambda each: (each.name, each.number or 0))

    def _inspect(self, container: str) -> dict[str, Any] | None:
        try:
            return dict(self.client.api.inspect_container(container))
        except NotFound:
            return None

    @translated
    def has_ended(self, stack: StackIdentity) -> bool:
        """Whether a container of `stack` has ended; one request, where `services` takes many."""
        listed = self.client.api.containers(all=True, filters=labels.filters_of(stack))
        return any(item["State"] in ENDED for item in listed)

    @translated
    def identifier(self, stack: StackIdentity, service: str) -> str | None:
        """Return the id of the container that runs `service`."""
        running = (item["Id"] for item in self._containers_of(stack, service) if item["State"] == "running")
        return next(running, None)

    @translated
    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        """Run `command` in a container of `service` and return what it prints on its standard output.

        Raises:
            NotRunningError: None runs.
            CommandFailedError: It failed; the details are what it printed.
        """
        container = self.identifier(stack, service)
        if container is None:
            raise NotRunningError(f"{stack.name} (service {service})")
        api = self.client.api
        run = api.exec_create(container, list(command))["Id"]
        out, err = (part or b"" for part in api.exec_start(run, demux=True))
        if api.exec_inspect(run)["ExitCode"] != 0:
            said = [*out.decode(errors="replace").splitlines(), *err.decode(errors="replace").splitlines()]
            raise CommandFailedError(f"{command[0]} failed in the service {service}", command, said)
        return str(out.decode(errors="replace"))

    @translated
    def log_tail(
        self, stack: StackIdentity, service: str, lines: int, number: int | None = None
    ) -> list[str]:
        """Return the last `lines` lines that `service` printed, of several containers the one of `number`."""
        for item in self._containers_of(stack, service):
            if number in {None, _number(item["Labels"])}:
                return self._printed(item["Id"], tail=lines)
        return []

    @translated
    def log_mark(self, stack: StackIdentity, service: str) -> str:
        """Return when `service` last printed a line, by the engine's clock; empty if it never did."""
        return max((stamp for stamp, _ in self._stamped_log(stack, service, tail=1)), default="")

    @translated
    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        """Return the lines that `service` printed after `mark`."""
        # The engine takes whole seconds here; its stamps have nine digits and a `Z`, and sort as text.
        since = {"since": int(datetime.fromisoformat(mark).timestamp())} if mark else {}
        return [text for stamp, text in self._stamped_log(stack, service, **since) if stamp > mark]

    def _stamped_log(self, stack: StackIdentity, service: str, **which: Any) -> list[tuple[str, str]]:
        lines: list[str] = []
        for item in self._containers_of(stack, service):
            with suppress(NotFound):
                lines += self._printed(item["Id"], timestamps=True, **which)
        return [(stamp, text) for stamp, _, text in (line.partition(" ") for line in lines)]

    def _printed(self, container: str, **which: Any) -> list[str]:
        raw: bytes = self.client.api.logs(container, **which)
        return raw.decode(errors="replace").splitlines()

    def _containers_of(self, stack: StackIdentity, service: str) -> list[dict[str, Any]]:
        filters = labels.filters_of(stack, {labels.COMPOSE_SERVICE: service})
        return list(self.client.api.containers(all=True, filters=filters))

    @translated
    def has_volumes(self, stack: StackIdentity) -> bool:
        """Whether a volume of `stack` exists."""
        return bool(self.client.volumes.list(filters=labels.filters_of(stack)))

    @translated
    def postgres_version(self, stack: StackIdentity, image: str) -> str | None:
        """Return the major version of Postgres that made the data of `stack`, None if there is none.

        A container of `image` has the volume for the time of one request, and is never started.
        """
        filters = labels.filters_of(stack, {labels.COMPOSE_VOLUME: "postgres-data"})
        volumes = self.client.volumes.list(filters=filters)
        if not volumes:
            return None
        api = self.client.api
        container = api.create_container(
            image,
            command=["true"],
            labels=labels.own_labels(stack),
            host_config=api.create_host_config(binds=[f"{volumes[0].name}:{PGDATA}:ro"], network_mode="none"),
        )["Id"]
        try:
            chunks, _ = api.get_archive(container, f"{PGDATA}/PG_VERSION")
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
                content = archive.extractfile("PG_VERSION")
                return content.read().decode(errors="replace").strip() if content else None
        except NotFound:
            return None
        finally:
            api.remove_container(container, force=True)

    @translated
    def names(self, owner: int) -> dict[str, str]:
        """Return every stack of `owner` that has a container or a volume: its name to its project."""
        filters = {"label": [labels.STACK, f"{labels.OWNER}={owner}"]}
        found = [item["Labels"] for item in self.client.api.containers(all=True, filters=filters)]
        found += [item.attrs["Labels"] for item in self.client.volumes.list(filters=filters)]
        return {each[labels.STACK]: each.get(labels.PROJECT, "") for each in found}

    @translated
    def publishing(self, port: int) -> Publisher | None:
        """Return the running container that publishes `port` of the host, whoever made it."""
        for item in self.client.api.containers():
            if any(mapping.get("PublicPort") == port for mapping in item["Ports"]):
                return Publisher(item["Names"][0].removeprefix("/"), item["Labels"].get(labels.STACK))
        return None

    @translated
    def published_ports(self, stack: StackIdentity, state: Path) -> frozenset[int]:
        """Return the ports that running containers of `stack`, made from `state`, publish as its services.

        Those of add-ons are. What a service that an overlay adds publishes has nothing to do with the stack's
        own server.
        """
        running = self.client.api.containers(filters=labels.filters_of(stack))
        own = (
            item
            for item in running
            if item["Labels"].get(labels.COMPOSE_SERVICE) in PUBLISHING or labels.FILES in item["Labels"]
        )
        mappings = (
            each for item in own if labels.is_made_from(item["Labels"], state) for each in item["Ports"]
        )
        return frozenset(each["PublicPort"] for each in mappings if each.get("PublicPort"))

    @translated
    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:
        """Return the ports that created containers of other stacks will publish once they are started.

        The server's is created at once and started many seconds later, when the database has its schema.
        """
        created = self.client.api.containers(
            all=True, filters={"label": [labels.STACK], "status": ["created"]}
        )
        others = (item["Id"] for item in created if not labels.is_own(item["Labels"], stack))
        inspected = (item for item in map(self._inspect, others) if item is not None)
        bindings = (
            each for item in inspected for each in (item["HostConfig"]["PortBindings"] or {}).values()
        )
        return frozenset(
            int(each["HostPort"]) for several in bindings for each in several or () if each["HostPort"]
        )

    @translated
    def other_state(self, stack: StackIdentity, state: Path) -> str | None:
        """Return the state directory, not `state`, from which a running container of `stack` was made."""
        running = self.client.api.containers(filters=labels.filters_of(stack))
        found = (item["Labels"] for item in running)
        return next((each[labels.STATE] for each in found if not labels.is_made_from(each, state)), None)

    def memory(self, stack: StackIdentity) -> int | None:
        """Return how many bytes running containers of `stack` use, as `docker stats` counts them.

        None if the engine does not say so in time: it counts by itself, which is slow on a busy machine.
        """
        used, began = 0, time.monotonic()
        try:
            with patience(self.client.api, MEMORY_PATIENCE_S):
                for item in self.client.api.containers(filters=labels.filters_of(stack)):
                    if time.monotonic() - began > MEMORY_PATIENCE_S:
                        return None
                    used += _memory_in(self.client.api.stats(item["Id"], stream=False, one_shot=True))
        except (DockerException, RequestException, HTTPError):
            return None
        return used

    @translated
    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        """Remove containers and networks of `stack`, and with `volumes` its volumes; what is gone is done."""
        with patience(self.client.api, LONG_TIMEOUT_S):
            remove_all(self.client, labels.filters_of(stack), volumes=volumes)

    @translated
    def clear_leftovers(self, stack: StackIdentity) -> None:
        """Clear what an interrupted Compose has left and the next one would fail of."""
        with patience(self.client.api, LONG_TIMEOUT_S):
            clear_leftovers(self.client, labels.filters_of(stack))

    @translated
    def unpause(self, stack: StackIdentity) -> list[str]:
        """Have the containers of `stack` that are paused run again; return their services."""
        listed = self.client.api.containers(all=True, filters=labels.filters_of(stack))
        paused = [item for item in listed if item["State"] == "paused"]
        for item in paused:
            with suppress(NotFound):
                self.client.api.unpause(item["Id"])
        return sorted(item["Labels"].get(labels.COMPOSE_SERVICE, "") for item in paused)

    @translated
    def environment(self, stack: StackIdentity, service: str) -> dict[str, str]:
        """Return the variables that the container of `service` was made with; empty where there is none."""
        for item in self._containers_of(stack, service):
            described = self._inspect(item["Id"])
            lines = described["Config"].get("Env") or () if described is not None else ()
            return dict(line.split("=", 1) for line in lines if "=" in line)
        return {}

    @translated
    def strangers(self, stack: StackIdentity) -> list[str]:
        """Return in words what of another Compose project that is called like `stack` is on the engine."""
        filters = {"label": [f"{labels.COMPOSE_PROJECT}={stack.name}"]}
        containers = self.client.api.containers(all=True, filters=filters)
        found = [("container", item["Names"][0].removeprefix("/"), item["Labels"]) for item in containers]
        found += [
            ("network", item["Name"], item["Labels"]) for item in self.client.api.networks(filters=filters)
        ]
        found += [
            ("volume", item.name, item.attrs["Labels"]) for item in self.client.volumes.list(filters=filters)
        ]
        return [f"{kind} {name}" for kind, name, its_labels in found if not labels.is_own(its_labels, stack)]


def to_service(inspected: dict[str, Any]) -> Service:
    """Convert Docker's description of a container."""
    state = inspected["State"]
    name = inspected["Config"]["Labels"].get(labels.COMPOSE_SERVICE, inspected["Name"].removeprefix("/"))
    return Service(
        name=name,
        state=state["Status"],
        health=_health(state),
        image=inspected["Config"]["Image"],
        exit_code=None if state["Running"] else state["ExitCode"],
        started_at=_to_datetime(state["StartedAt"]),
        is_one_shot=name in ONE_SHOTS or (name not in LASTING and _works_once(inspected)),
    )


def _memory_in(stats: dict[str, Any]) -> int:
    """Return what a container uses without the files that the kernel can drop; 0 for one that has ended."""
    counted = stats.get("memory_stats") or {}
    details = counted.get("stats") or {}
    # The names of cgroup version 2, and of version 1.
    droppable = details.get("inactive_file", details.get("total_inactive_file", 0))
    return max(int(counted.get("usage", 0)) - int(droppable), 0)


def _health(state: Mapping[str, Any]) -> str | None:
    """Return what Docker's health check says of a container; of one that was paused, what it said last.

    Docker calls unhealthy what it has stopped, and after a pause what it has not probed again yet.
    """
    if not state["Running"]:
        return None
    health = state.get("Health") or {}
    status: str | None = health.get("Status")
    probes = health.get("Log") or ()
    was_paused = status == "unhealthy" and not health.get("FailingStreak") and not state.get("Paused")
    return "healthy" if was_paused and probes and probes[-1]["ExitCode"] == 0 else status


def with_numbers(inspected: Sequence[dict[str, Any]]) -> list[Service]:
    """Convert containers; where several run one service, each gets its number.

    One that is replaced has the number of the new one.
    """
    services = [to_service(item) for item in inspected]
    numbers = [_number(item["Config"]["Labels"]) for item in inspected]
    members = Counter(name for name, _ in {(s.name, n) for s, n in zip(services, numbers, strict=True)})
    several = {name for name, count in members.items() if count > 1}
    return [
        replace(service, number=number) if service.name in several else service
        for service, number in zip(services, numbers, strict=True)
    ]


def _number(its_labels: Mapping[str, str]) -> int:
    return int(its_labels.get(labels.COMPOSE_NUMBER, "1"))


def _works_once(inspected: dict[str, Any]) -> bool:
    """Tell whether a container of an overlay looks like a job: nothing restarts, checks or calls it."""
    host = inspected.get("HostConfig", {})
    restarts = host.get("RestartPolicy", {}).get("Name") not in {None, "", "no"}
    return not (restarts or inspected["Config"].get("Healthcheck") or host.get("PortBindings"))


def _to_datetime(text: str) -> datetime | None:
    """Convert Docker's time; a container that never started says year 1."""
    if text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text)
