"""What the Docker engine itself says about a stack, asked past devenv."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

COMMAND_TIMEOUT_S = 120
LABEL = "dev.temporal-devenv"


def docker(*arguments: str, check: bool = True) -> str:
    """Return what a `docker` command prints."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
    )
    assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def containers(label: str) -> list[str]:
    """Return the ids of all containers with `label`, running or not."""
    return sorted(docker("ps", "--all", "--quiet", "--no-trunc", f"--filter=label={label}").split())


def networks(label: str) -> list[str]:
    return sorted(docker("network", "ls", "--format={{.Name}}", f"--filter=label={label}").split())


def volumes(label: str) -> list[str]:
    return sorted(docker("volume", "ls", "--quiet", f"--filter=label={label}").split())


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """Return the engine's descriptions of things of one `kind`: container, network or volume."""
    described: list[dict[str, Any]] = json.loads(docker(kind, "inspect", *names))
    return described


def by_service(label: str) -> dict[str, dict[str, Any]]:
    """Return the descriptions of the containers with `label`, by the name of their service."""
    described = inspect("container", *containers(label))
    return {item["Config"]["Labels"]["com.docker.compose.service"]: item for item in described}


def everything(label: str) -> list[str]:
    """Return all that exists with `label`, in words."""
    return [
        *(f"container {name}" for name in containers(label)),
        *(f"network {name}" for name in networks(label)),
        *(f"volume {name}" for name in volumes(label)),
    ]


def remove_everything(label: str) -> None:
    """Remove all that has `label`, data too."""
    for found, command in (
        (containers(label), ("rm", "--force", "--volumes")),
        (networks(label), ("network", "rm")),
        (volumes(label), ("volume", "rm", "--force")),
    ):
        if found:
            docker(*command, *found, check=False)


def owner() -> str:
    """Return what devenv writes as the owner of this user's stacks."""
    return str(os.getuid())
