"""Asks Docker Compose what it makes of several Compose files; no engine is asked and nothing is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.errors import CommandFailedError, ComposeMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT_S = 60
OUTPUT_LINES = 15
# For `docker` itself.
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class ComposeSources:
    """What Compose is given: everything, so that it finds nothing by itself.

    `files` are texts of Compose files by the name that errors have for each, in the order of merging;
    `variables` the content of the env file, `environment` the whole environment of its process but for the
    PATH. `attached` are texts by file name, in a directory that `attached_at` stands for.
    """

    project_name: str
    project_directory: str
    files: Sequence[tuple[str, str]]
    variables: str
    environment: Mapping[str, str]
    attached: Mapping[str, str] = field(default_factory=dict)
    attached_at: str = ""


def resolve(sources: ComposeSources) -> dict[str, Any]:
    """Return the one model that Compose makes of `sources`; in its texts `$$` is a `$`.

    Raises:
        CommandFailedError: Compose refuses them; the details are its own words.
        ComposeMissingError: There is no Compose.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise ComposeMissingError(["the command `docker` is not on PATH"])
    with tempfile.TemporaryDirectory(prefix="devenv-compose-") as made:
        directory = Path(made)
        names = _write(sources, directory)
        # Plugins lie in the user's configuration. An option names it, for a variable could be filled into the
        # files; and another the engine, so that no engine is asked, nor one that a context names.
        config = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
        command = [
            *(docker, "--config", config, "--host", f"unix://{directory}/no-engine"),
            *("compose", "--project-name", sources.project_name),
            *(
                "--project-directory",
                sources.project_directory,
                "--env-file",
                str(directory / "variables.env"),
            ),
            *(argument for path in names for argument in ("--file", path)),
            *("config", "--format", "json"),
        ]
        return _answer(command, {"PATH": SEARCH_PATH, **sources.environment}, names)


def _write(sources: ComposeSources, directory: Path) -> dict[str, str]:
    """Write the files, which only this user can read; return each path with the name that people know."""
    (directory / "variables.env").write_text(sources.variables, encoding="utf-8")
    for name, text in sources.attached.items():
        (directory / name).write_text(text, encoding="utf-8")
    names: dict[str, str] = {}
    for number, (name, text) in enumerate(sources.files):
        path = directory / f"{number}.yaml"
        replaced = text.replace(sources.attached_at, str(directory)) if sources.attached else text
        path.write_text(replaced, encoding="utf-8")
        names[str(path)] = name
    return names


def _answer(command: list[str], environment: dict[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        reason = [f"it did not answer in {TIMEOUT_S} s"]
        raise CommandFailedError("`docker compose config` failed", command, reason) from None
    if done.returncode != 0:
        said = done.stderr
        for path, name in names.items():
            said = said.replace(path, name)
        lines = [line for line in said.strip().splitlines() if "level=warning" not in line]
        raise CommandFailedError("`docker compose config` failed", [], lines[-OUTPUT_LINES:])
    model = json.loads(done.stdout)
    assert isinstance(model, dict)  # noqa: S101  for the type; Compose prints one mapping
    return model
