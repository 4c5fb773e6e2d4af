"""Finds the Docker engine and says what is wrong with it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import docker
from docker.context import ContextAPI
from docker.errors import DockerException

from devenv.errors import (
    ComposeMissingError,
    ComposeTooOldError,
    DockerForbiddenError,
    DockerTooOldError,
    DockerUnreachableError,
    RemoteEngineError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MINIMUM_ENGINE = (25, 0)  # `start_interval` in healthchecks
MINIMUM_COMPOSE = (2, 24, 4)  # `!override` in overlays, and `start_interval`
LOCAL_SCHEMES = {"unix", "http+unix", "npipe"}
TIMEOUT_S = 30
PROBE_TIMEOUT_S = 10


def connect() -> docker.DockerClient:
    """Return a client of the engine that the `docker` command would use: DOCKER_HOST, then the context.

    Raises:
        PrerequisiteError: No engine answers, it refuses this user, it runs elsewhere, or it is too old.
    """
    try:
        _refuse_remote(_address())
        client = docker.from_env(timeout=TIMEOUT_S)
        # Looking for proxies takes a fifth of each request, and there is none on the way to this engine.
        client.api.trust_env = False
        version = client.version()
    except (DockerException, OSError) as error:
        raise explained(error) from error
    _demand_engine(version["Version"])
    return client


def _address() -> str | None:
    """Return where the engine is, None for the platform's usual socket; making a client would connect."""
    context: str | None = ContextAPI.kwargs_from_context().get("base_url")
    return os.environ.get("DOCKER_HOST") or context


def _refuse_remote(address: str | None) -> None:
    if address is not None and urlsplit(address).scheme not in LOCAL_SCHEMES:
        raise RemoteEngineError(address)


def explained(error: Exception) -> DockerUnreachableError | DockerForbiddenError:
    """Return what an error of docker-py means to a user."""
    evidence = [str(error).partition("\n")[0]]
    if "permission denied" in str(error).lower():
        return DockerForbiddenError(evidence)
    return DockerUnreachableError(evidence)


def _demand_engine(version: str) -> None:
    if parse_version(version) < MINIMUM_ENGINE:
        raise DockerTooOldError(version, ".".join(map(str, MINIMUM_ENGINE)))


def demand_compose(run: Callable[[], str] | None = None) -> str:
    """Return the version of the Compose plugin; `run` prints it, by default the plugin itself.

    Raises:
        ComposeMissingError: The `docker` command or its plugin does not work.
        ComposeTooOldError: It is older than the stack file needs.
    """
    version = (run or _compose_version)()
    if parse_version(version) < MINIMUM_COMPOSE:
        raise ComposeTooOldError(version, ".".join(map(str, MINIMUM_COMPOSE)))
    return version


def _compose_version() -> str:
    command = ["docker", "compose", "version", "--short"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=True)
    except FileNotFoundError as error:
        raise ComposeMissingError(["the command `docker` is not on PATH"]) from error
    except subprocess.CalledProcessError as error:
        raise ComposeMissingError(error.stderr.strip().splitlines()[:3]) from error
    except subprocess.TimeoutExpired as error:
        raise ComposeMissingError([f"`{' '.join(command)}` did not answer in {PROBE_TIMEOUT_S} s"]) from error
    return done.stdout.strip()


def parse_version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (2, 26, 1) of `v2.26.1-4`."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")) if match else (0,)
