"""Whose ports are measured: none is taken before, and who answers then is asked of the system."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import docker
import psutil
from docker.errors import DockerException

from devenv.engines.host import ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PROJECT_LABEL = "com.docker.compose.project"


class BenchError(Exception):
    """A measurement cannot be made; one sentence says why."""


def published_by(resolved: Mapping[str, Any]) -> dict[int, tuple[str, int]]:
    """Return the ports that a resolved Compose file publishes, each with its service and the port inside."""
    return {
        int(port["published"]): (name, int(port["target"]))
        for name, service in resolved["services"].items()
        for port in service.get("ports", [])
        if port.get("published")
    }


def holder(port: int) -> str:
    """Return who has `port`: a container, else a process."""
    with suppress(BenchError):  # where there is no engine, no container has it
        for container in _publishing(port):
            return f"the container {container['Names'][0].removeprefix('/')}"
    return ports.process_holding(port) or "somebody who has just let go of it"


def demand_free(needed: Mapping[int, str], holder: Callable[[int], str] = holder) -> None:
    """Return if every port of `needed`, each with what needs it, is free.

    Raises:
        BenchError: One is taken; it names the holder.
    """
    for port, what in sorted(needed.items()):
        if not ports.is_free(port):
            raise BenchError(f"port {port}, which {what} needs, is taken by {holder(port)}: stop it first")


def is_published_by(project: str, port: int) -> bool:
    """Whether `port` is published by a container of the Compose project `project`."""
    return any(item["Labels"].get(PROJECT_LABEL) == project for item in _publishing(port))


def is_held_by(pid: int, port: int) -> bool:
    """Whether the process `pid` listens on `port`."""
    try:
        held = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in held)


@functools.cache
def engine() -> docker.DockerClient:
    """Return a client of the Docker engine.

    Raises:
        BenchError: None answers.
    """
    try:
        return docker.from_env()
    except DockerException as error:
        raise BenchError(f"no Docker engine answers ({str(error).partition(chr(10))[0]})") from error


def _publishing(port: int) -> Iterator[dict[str, Any]]:
    for item in engine().api.containers():
        if any(mapping.get("PublicPort") == port for mapping in item["Ports"]):
            yield item
