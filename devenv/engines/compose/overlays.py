"""Has Docker Compose read the overlays of a project, and reviews what they can do.

No engine is asked and nothing is started.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.engines.compose.files import (
    RESOLUTION_FILE,
    env_file,
    own_files,
    secret_variables,
    stack_variables,
)
from devenv.errors import CommandFailedError, ComposeMissingError
from devenv.files.atomic import read_if_there
from devenv.overlays.addon_files import read_shipped
from devenv.overlays.model import ComposeModels
from devenv.overlays.paths import HOME
from devenv.overlays.reading import ATTACHED, read_overlays, to_overlay_error
from devenv.overlays.review import Resolution, ReviewedOverlays, placeholder, review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devenv.engines.protocol import LaunchSpec, StackIdentity
    from devenv.overlays.reading import OverlayFile
    from devenv.project.state import StackStore

STEERING = "COMPOSE_"
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
        raise ComposeMissingError
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


def review_overlays(
    spec: LaunchSpec,
    store: StackStore,
    resolve: Callable[[ComposeSources], Mapping[str, Any]],
    *,
    known: Resolution | None = None,
) -> ReviewedOverlays:
    """Return the review of the overlays of `spec`; nothing is started.

    No file outside the project is read. What Compose made of the same files, as `known` or kept from the last
    launch, is used again; else it is asked by `resolve`.

    Raises:
        OverlayInvalidError: They cannot be read, or Compose cannot use them.
    """
    root = spec.stack.project
    shipped = [file for addon in spec.addons if addon.is_builtin for file in read_shipped(addon)]
    own = [addon for addon in spec.addons if not addon.is_builtin]
    paths = [addon.directory.relative_to(root) / name for addon in own for name in addon.compose_files]
    files = read_overlays(root, [*paths, *spec.overlays])
    secrets = {name: placeholder(name) for name in secret_variables(spec)}
    variables = stack_variables(spec, store, secrets)
    passed = _passed(files, variables)
    sources = _sources(spec, [*shipped, *files], variables, passed)
    key = _key(sources)
    resolution = next((each for each in (known, _kept(spec.stack, store)) if each and each.key == key), None)
    if resolution is None:
        resolution = Resolution(key, _models(spec.stack, sources, files, resolve))
    # Containers of add-ons mount copies of their files, which nobody else may name.
    mounted = store.mounts(spec.stack.name) / "addons"
    models = replace(resolution.models, addon_files=str(mounted) if own else "")
    digests = {addon.name: addon.digest() for addon in own}
    return ReviewedOverlays(resolution, review(models, files, sorted(passed), digests))


def _passed(files: Sequence[OverlayFile], variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the shell that the overlays name; what is not set there is no question."""
    named = {name for file in files for name in file.variables}
    mine = {*variables, "PWD"}
    return {
        name: os.environ[name]
        for name in sorted(named - mine)
        if name in os.environ and not name.startswith(STEERING)
    }


def _sources(
    spec: LaunchSpec, files: Sequence[OverlayFile], variables: Mapping[str, str], passed: Mapping[str, str]
) -> ComposeSources:
    project = str(spec.stack.project)
    own = ((f"the {name} of devenv", text) for name, text in own_files(spec).items())
    return ComposeSources(
        project_name=spec.stack.name,
        project_directory=project,
        files=[*own, *((each.name, each.compose_text) for each in files)],
        variables=env_file(dict(variables)),
        environment={"HOME": HOME, "PWD": project, **passed},
        attached={name: text for each in files for name, text in each.attached.items()},
        attached_at=ATTACHED,
    )


def _key(sources: ComposeSources) -> str:
    content = json.dumps(asdict(sources), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _models(
    stack: StackIdentity,
    sources: ComposeSources,
    files: Sequence[OverlayFile],
    resolve: Callable[[ComposeSources], Mapping[str, Any]],
) -> ComposeModels:
    own = sources.files[: len(sources.files) - len(files)]
    alone = replace(sources, files=own, attached={}, attached_at="")
    with ThreadPoolExecutor(max_workers=1) as beside:
        plain = beside.submit(resolve, alone)
        try:
            merged = resolve(sources)
        except CommandFailedError as error:
            raise to_overlay_error(error, files) from error
        return ComposeModels(stack.project, stack.name, plain.result(), merged)


def _kept(stack: StackIdentity, store: StackStore) -> Resolution | None:
    """Return what Compose made of the overlays of the last launch; None where that cannot be told."""
    content = read_if_there(store.directory(stack.name) / RESOLUTION_FILE)
    try:
        kept: Any = json.loads(content or b"")
        return Resolution(
            kept["key"], ComposeModels(stack.project, stack.name, kept["plain"], kept["merged"])
        )
    except (ValueError, KeyError, TypeError):
        return None
