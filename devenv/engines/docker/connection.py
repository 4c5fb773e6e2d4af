"""Finds the Docker engine and says what is wrong with it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import docker
from docker.context import ContextAPI
from docker.errors import DockerException
from requests.exceptions import Timeout
from urllib3.exceptions import ReadTimeoutError

from devenv.engines.docker.versions import MINIMUM_API, MINIMUM_ENGINE, parse_version
from devenv.errors import (
    DockerForbiddenError,
    DockerSlowError,
    DockerTooOldError,
    DockerUnreachableError,
    RemoteEngineError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL_SCHEMES = {"unix", "http+unix", "npipe"}
# As Docker Desktop and WSL2 offer their engine to other programs of the same machine.
TCP_SCHEMES = {"tcp", "http", "https"}
# For questions: no engine needs so long for one unless it is in trouble.
TIMEOUT_S = 30
# For work: to stop, remove, import or free something can take minutes on a disk that others keep busy.
LONG_TIMEOUT_S = 600
# What the libraries below docker-py say, and what it means there.
_PLAIN_REASONS = {
    "FileNotFoundError": "there is no such socket",
    "ConnectionRefusedError": "nothing listens there",
    "Connection refused": "nothing listens there",
    "NameResolutionError": "there is no host of that name",
}


def connect() -> docker.DockerClient:
    """Return a client of the engine that the `docker` command would use: DOCKER_HOST, then the context.

    Raises:
        PrerequisiteError: No engine answers, it refuses this user, it runs elsewhere, or it is too old.
    """
    try:
        _check_is_local(_address()[0])
        client = docker.from_env(timeout=TIMEOUT_S)
        # Looking for proxies takes a fifth of each request, and there is none on the way to this engine.
        client.api.trust_env = False
        # Asked already, to make the client.
        if parse_version(client.api.api_version) < MINIMUM_API:
            raise DockerTooOldError(client.version()["Version"], MINIMUM_ENGINE)
    except (DockerException, OSError) as error:
        raise explained(error) from error
    return client


@contextmanager
def patience(api: docker.APIClient, timeout_s: int) -> Iterator[None]:
    """Give each request that is made meanwhile `timeout_s`, instead of the time for a question."""
    usual = api.timeout
    api.timeout = timeout_s
    try:
        yield
    finally:
        api.timeout = usual


def _address() -> tuple[str | None, str]:
    """Return where the engine is, None for the platform's usual socket, and what says so.

    A client is not asked: making one would connect.
    """
    if os.environ.get("DOCKER_HOST"):
        return os.environ["DOCKER_HOST"], "DOCKER_HOST"
    address: str | None = ContextAPI.kwargs_from_context().get("base_url")
    name = ContextAPI.get_current_context().Name
    return address, "" if name == "default" else f'the Docker context "{name}"'


def _check_is_local(address: str | None) -> None:
    if address is not None and not _is_local(address):
        raise RemoteEngineError(address)


def _is_local(address: str) -> bool:
    """Whether an engine at `address` publishes on the loopback address of this machine."""
    url = urlsplit(address)
    if url.scheme in LOCAL_SCHEMES:
        return True
    host = (url.hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return url.scheme in TCP_SCHEMES
    try:
        return url.scheme in TCP_SCHEMES and ip_address(host).is_loopback
    except ValueError:
        return False


def explained(error: Exception) -> DockerUnreachableError | DockerForbiddenError | DockerSlowError:
    """Return what an error of docker-py, or of the libraries below it, means to a user."""
    text = str(error).partition("\n")[0]
    evidence = [text]
    if isinstance(error, (Timeout, ReadTimeoutError)) or "timed out" in str(error).lower():
        return DockerSlowError(evidence)
    if "permission denied" in str(error).lower():
        return DockerForbiddenError(evidence)
    reason = next((plain for said, plain in _PLAIN_REASONS.items() if said in text), text)
    return DockerUnreachableError([reason], *_named_address())


def _named_address() -> tuple[str | None, str]:
    try:
        return _address()
    except (DockerException, OSError):  # a context that cannot be read is the error itself
        return None, ""
