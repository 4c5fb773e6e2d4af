"""Makes the Compose client of one stack, which reads the files written for it and nothing else."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from python_on_whales import DockerClient

if TYPE_CHECKING:
    from pathlib import Path

ENV_FILE = "stack.env"
STACK_FILE = "stack.yaml"
SET_BY_DEVENV = re.compile(r"\$\{([A-Z_]+)")


def compose_client(name: str, directory: Path, files: tuple[Path, ...], project: Path) -> DockerClient:
    """Return a Compose client of the stack `name`, deaf to everything but `files` and the env file.

    Compose prefers a variable of the shell to one of an env file, reads `COMPOSE_*` and an `.env` of the
    working directory: none of that may steer a stack, so those variables are unset for its process.
    """
    present = [file for file in files if file.is_file()]
    env_file = directory / ENV_FILE
    return DockerClient(
        client_call=[*_unsetting(present), "docker"],
        client_type="docker",
        compose_files=[str(file) for file in present],
        compose_project_name=name,
        compose_project_directory=str(project if project.is_dir() else directory),
        compose_env_files=[str(env_file)] if env_file.is_file() else [],
    )


def _unsetting(files: list[Path]) -> list[str]:
    interpolated = {match for file in files for match in SET_BY_DEVENV.findall(file.read_text())}
    steering = {name for name in os.environ if name.startswith("COMPOSE_")}
    unset = [argument for name in sorted(interpolated | steering) for argument in ("-u", name)]
    return ["env", *unset]
