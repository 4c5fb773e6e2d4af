"""Builds images side by side with one `docker buildx bake`, on the engine's own builder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devenv.engines.host.programs import run_streaming
from devenv.errors import CommandFailedError, PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class ImageBuild:
    """One image to build: `target` of `dockerfile`, from the files below `context`.

    `target` also names the build among those made together. `secrets` maps a BuildKit secret id to the file
    that a build step may read and that no layer keeps.
    """

    tag: str
    dockerfile: Path
    context: Path
    target: str
    build_args: Mapping[str, str]
    secrets: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PullProgress:
    """How far a pull is; `total_bytes` grows while the registry names further layers."""

    done_bytes: int
    total_bytes: int


WHAT = "The images could not be built"
# A builder that the user chose may live in a container of its own, which sees none of the engine's images.
CHOOSING_A_BUILDER = ("BUILDX_BUILDER", "BUILDKIT_HOST", "BUILDX_CONFIG")
# Buildx 0.20 wants to be allowed to read outside the working directory; older ones know no `--allow`.
READING_EVERYWHERE = {"BUILDX_BAKE_ENTITLEMENTS_FS": "0"}


def bake(builds: Sequence[ImageBuild], on_line: Callable[[str], None]) -> None:
    """Build all of `builds` at once; each is tagged when it is done, and the first failure ends the others.

    Raises:
        PrerequisiteError: The `docker` command has no Buildx.
        CommandFailedError: With the command and the last lines of its output.
    """
    _check_buildx()
    run_streaming(
        bake_command(builds, _own_builder()),
        what=WHAT,
        on_line=on_line,
        environment=_environment(),
        stdin_text=json.dumps(bake_definition(builds)),
    )


def bake_command(builds: Sequence[ImageBuild], builder: str) -> list[str]:
    """Return the command that reads the definition of `builds` and builds all of them."""
    options = [f"--builder={builder}", "--load", "--progress=plain", "--file=-"]
    return ["docker", "buildx", "bake", *options, *(build.target for build in builds)]


def bake_definition(builds: Sequence[ImageBuild]) -> dict[str, Any]:
    """Return `builds` as a bake file, each under the name of its target."""
    return {"target": {build.target: _literal(_target(build)) for build in builds}}


def _target(build: ImageBuild) -> dict[str, Any]:
    return {
        "context": str(build.context),
        "dockerfile": str(build.dockerfile),
        "target": build.target,
        "args": dict(build.build_args),
        "tags": [build.tag],
        "labels": dict(build.labels),
        "secret": [f"id={name},src={path}" for name, path in build.secrets.items()],
    }


def _literal(value: Any) -> Any:
    """Protect what looks like a template of HCL: bake evaluates the strings of JSON files too."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {name: _literal(item) for name, item in value.items()}
    return [_literal(item) for item in value]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in CHOOSING_A_BUILDER}
    return kept | READING_EVERYWHERE


def _check_buildx() -> None:
    try:
        run_streaming(["docker", "buildx", "version"], what=WHAT, on_line=lambda _: None)
    except CommandFailedError as error:
        raise PrerequisiteError(
            "`docker buildx` does not work here",
            details=error.details,
            hint="install the Docker Buildx plugin, then run `devenv images build` again",
        ) from error


def _own_builder() -> str:
    """Return the builder inside the engine that the `docker` command uses: it is called like the context.

    Without its name, `docker buildx use` would decide.
    """
    lines: list[str] = []
    run_streaming(["docker", "context", "show"], what=WHAT, on_line=lines.append)
    return lines[-1]
