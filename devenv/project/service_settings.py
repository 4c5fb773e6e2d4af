"""What `devenv.toml` says of a worker below `[services.NAME]`, for `devenv dev`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from devenv.files.strict import LAX, StrictModel
from devenv.project.settings_problems import shown

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _check_name(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise ValueError("must be called by letters, digits, dots and dashes")


def _check_command(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command or not command[0]:
        raise ValueError('must be a program and its arguments, as in ["go", "run", "./cmd/worker"]')
    if any("\0" in word for word in command):
        raise ValueError("cannot have a zero byte")
    return command


def _check_glob(pattern: str) -> str:
    if not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError(f'must be a pattern below the directory such as "src/**/*.py", not {shown(pattern)}')
    return pattern


def _check_variables(variables: dict[str, str]) -> dict[str, str]:
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            raise ValueError(f"cannot have the variable {shown(name)}")
    return variables


Command = Annotated[tuple[str, ...], LAX, AfterValidator(_check_command)]
Glob = Annotated[str, AfterValidator(_check_glob)]
ServiceName = Annotated[str, AfterValidator(_check_name)]


class ServiceSettings(StrictModel):
    """A worker of the project that `devenv dev` runs."""

    command: Command = Field(description="The worker's program and its arguments; no shell reads them")
    directory: Annotated[Path, LAX] = Field(
        Path(), description="Where it runs, relative to the root of the project"
    )
    watch: Annotated[tuple[Glob, ...], LAX] = Field(
        (),
        description=(
            "Patterns of files below the directory whose change restarts it, as `src/**/*.py`; without them "
            "every file that git does not ignore"
        ),
    )
    env: Annotated[dict[str, str], AfterValidator(_check_variables)] = Field(
        default_factory=dict, description="Variables beside those of the stack"
    )
    build: Annotated[tuple[str, ...], LAX] = Field(
        (), description="Command that has to succeed before a start, as a compiler does"
    )
    replay: Annotated[tuple[str, ...], LAX] = Field(
        (), description="Command that has to succeed before a restart, as a replay test does"
    )
