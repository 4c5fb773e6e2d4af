"""Has Docker Compose read the overlays of a project, and judges what they can do."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from devenv.engines.compose.files import RESOLUTION_FILE, env_file, own_files, stack_variables
from devenv.engines.compose.resolving import ComposeSources
from devenv.errors import CommandFailedError
from devenv.files.atomic import explained as explained_access
from devenv.overlays.addons import read_compose_file
from devenv.overlays.complaints import explained
from devenv.overlays.judged import JudgedOverlays, Resolution
from devenv.overlays.judging import PASSWORD, judge
from devenv.overlays.paths import HOME
from devenv.overlays.reading import ATTACHED, read_overlays
from devenv.overlays.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devenv.engines.protocol import LaunchSpec, StackIdentity
    from devenv.overlays.reading import OverlayFile
    from devenv.project.state import StackStore

    Resolve = Callable[[ComposeSources], Mapping[str, Any]]

STEERING = "COMPOSE_"


def judge_overlays(
    spec: LaunchSpec, store: StackStore, resolve: Resolve, *, known: Resolution | None = None
) -> JudgedOverlays:
    """Return what the overlays of `spec` can do; nothing of them is run.

    No file outside the project is read. What Compose made of the same files, as `known` or kept from the last
    launch, is used again; else it is asked by `resolve`.

    Raises:
        OverlayInvalidError: They cannot be read, or Compose cannot use them.
    """
    root = spec.stack.project
    shipped = [read_compose_file(root, addon) for addon in spec.addons if addon.is_builtin]
    own = [read_compose_file(root, addon) for addon in spec.addons if not addon.is_builtin]
    files = (*own, *read_overlays(root, spec.overlays))
    variables = stack_variables(spec, store, password=PASSWORD)
    passed = _passed(files, variables)
    sources = _sources(spec, [*shipped, *files], variables, passed)
    key = _key(sources)
    resolution = next((each for each in (known, _kept(spec.stack, store)) if each and each.key == key), None)
    if resolution is None:
        resolution = Resolution(key, _scene(spec.stack, sources, files, resolve))
    # Containers of add-ons mount copies of their files, which nobody else may name.
    mounted = store.mounts(spec.stack.name) / "addons"
    scene = replace(resolution.scene, addon_files=str(mounted) if own else "")
    return JudgedOverlays(resolution, judge(scene, files, sorted(passed)))


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


def _scene(
    stack: StackIdentity, sources: ComposeSources, files: Sequence[OverlayFile], resolve: Resolve
) -> Scene:
    alone = ComposeSources(
        project_name=sources.project_name,
        project_directory=sources.project_directory,
        files=sources.files[: len(sources.files) - len(files)],
        variables=sources.variables,
        environment=sources.environment,
    )
    with ThreadPoolExecutor(max_workers=1) as beside:
        plain = beside.submit(resolve, alone)
        try:
            merged = resolve(sources)
        except CommandFailedError as error:
            raise explained(error, files) from error
        return Scene(stack.project, stack.name, plain.result(), merged)


def _kept(stack: StackIdentity, store: StackStore) -> Resolution | None:
    """Return what Compose made of the overlays of the last launch; None where that cannot be told."""
    path = store.directory(stack.name) / RESOLUTION_FILE
    with explained_access("read", path):
        if not path.is_file():
            return None
        content = path.read_bytes()
    try:
        kept: Any = json.loads(content)
        return Resolution(kept["key"], Scene(stack.project, stack.name, kept["plain"], kept["merged"]))
    except (ValueError, KeyError, TypeError):
        return None
