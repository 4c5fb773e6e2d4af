"""Has the overlays of a project judged before anything is launched with them."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from devenv.engines.compose.resolving import ComposeSources
from devenv.errors import CommandFailedError, OverlayInvalidError, TrustNeededError
from devenv.files.atomic import explained as explained_access
from devenv.images.catalog import official_family, stand_in_family
from devenv.overlays.complaints import explained
from devenv.overlays.judging import PASSWORD, Judgement, judge
from devenv.overlays.paths import HOME
from devenv.overlays.reading import ATTACHED, read_overlays
from devenv.overlays.scene import Scene
from devenv.stack.files import RESOLUTION_FILE, env_file, stack_file, stack_variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devenv.engines.protocol import StackIdentity, Web
    from devenv.images.catalog import ImageFamily
    from devenv.overlays.reading import OverlayFile
    from devenv.project.services import Ports
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack

STEERING = "COMPOSE_"


@dataclass(frozen=True)
class Resolution:
    """What Compose made of the stack file without and with overlays; `key` stands for what it was given."""

    key: str
    scene: Scene

    def to_json(self) -> str:
        """Return it as text, without the project that it is about."""
        return json.dumps({"key": self.key, "plain": self.scene.plain, "merged": self.scene.merged})


@dataclass(frozen=True)
class StackInputs:
    """What the stack file is filled in with, for a launch or, before that is known, for a judgement."""

    stack: StackIdentity
    desired: Desired
    ports: Ports
    images: ImageFamily


@dataclass(frozen=True)
class JudgedOverlays:
    """The overlays of a project as Compose reads them, and what they can do."""

    resolution: Resolution
    judgement: Judgement


def accept_overlays(
    inputs: StackInputs, deps: Dependencies, *, known: Resolution | None = None, trusted: str | None = None
) -> Resolution | None:
    """Return what may be launched of the overlays, None for a stack without any.

    What they can do beyond the harmless must have been trusted before, or have the hash `trusted`, which is
    remembered. What Compose made of the same files, as `known` or kept from the last launch, is used again.

    Raises:
        OverlayInvalidError: Compose cannot use them, or they do what nobody may trust.
        TrustNeededError: Their user has not said yes yet.
    """
    if not inputs.desired.overlays:
        return None
    judged = judge_overlays(inputs, deps, known=known)
    refuse(judged.judgement)
    demand_trust(inputs.stack.project, judged.judgement, deps, trusted)
    return judged.resolution


def judge_overlays(
    inputs: StackInputs, deps: Dependencies, *, known: Resolution | None = None
) -> JudgedOverlays:
    """Return what the overlays can do; nothing of them is run and no file outside the project is read.

    Raises:
        OverlayInvalidError: They cannot be read, or Compose cannot use them.
    """
    files = read_overlays(inputs.stack.project, inputs.desired.overlays)
    variables = stack_variables(
        inputs.stack, inputs.desired, inputs.ports, inputs.images, deps.store, password=PASSWORD
    )
    passed = _passed(files, variables)
    sources = _sources(inputs.stack, inputs.desired.web, files, variables, passed)
    key = _key(sources)
    resolution = next((each for each in (known, _kept(inputs.stack, deps)) if each and each.key == key), None)
    if resolution is None:
        resolution = Resolution(key, _resolve(inputs.stack, sources, files, deps))
    return JudgedOverlays(resolution, judge(resolution.scene, files, sorted(passed)))


def provisional_inputs(stack: StackIdentity, desired: Desired, record: StackRecord | None) -> StackInputs:
    """Return what the stack file is filled in with as long as nobody has chosen ports and images."""
    settings = desired.settings
    ports = record.ports if record else settings.ports.to_ports()
    ports = record.ports if record else settings.ports.to_ports()
    family = stand_in_family if record and record.image_family == "stand-in" else official_family
    return StackInputs(stack, desired, ports, family(settings.versions))


def judge_project(stack: Stack, desired: Desired) -> Judgement:
    """Return what the overlays of a project can do, whether or not it has a stack.

    Raises:
        OverlayInvalidError: As `judge_overlays`.
    """
    inputs = provisional_inputs(stack.identity, desired, stack.record)
    return judge_overlays(inputs, stack.deps).judgement


def refuse(judgement: Judgement) -> None:
    """Return if nothing is refused.

    Raises:
        OverlayInvalidError: With every power that nobody may trust.
    """
    refused = judgement.refused
    if refused:
        first, *others = refused
        raise OverlayInvalidError(first.text, place=first.place, details=[each.sentence for each in others])


def demand_trust(project: Path, judgement: Judgement, deps: Dependencies, trusted: str | None) -> None:
    """Return if the overlays can do nothing beyond the harmless, or their user trusts them.

    Raises:
        TrustNeededError: Neither is so.
    """
    if not judgement.powers:
        return
    book = deps.store.trusted_overlays
    if trusted == judgement.hash:
        book.remember(project, judgement.hash)
    elif not book.trusts(project, judgement.hash):
        raise TrustNeededError([each.sentence for each in judgement.powers], judgement.hash, wrong=trusted)


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
    stack: StackIdentity,
    web: Web,
    files: Sequence[OverlayFile],
    variables: Mapping[str, str],
    passed: Mapping[str, str],
) -> ComposeSources:
    project = str(stack.project)
    own = ("the stack file of devenv", stack_file(web))
    return ComposeSources(
        project_name=stack.name,
        project_directory=project,
        files=[own, *((each.name, each.compose_text) for each in files)],
        variables=env_file(dict(variables)),
        environment={"HOME": HOME, "PWD": project, **passed},
        attached={name: text for each in files for name, text in each.attached.items()},
        attached_at=ATTACHED,
    )


def _key(sources: ComposeSources) -> str:
    content = json.dumps(asdict(sources), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _resolve(
    stack: StackIdentity, sources: ComposeSources, files: Sequence[OverlayFile], deps: Dependencies
) -> Scene:
    alone = ComposeSources(
        project_name=sources.project_name,
        project_directory=sources.project_directory,
        files=sources.files[:1],
        variables=sources.variables,
        environment=sources.environment,
    )
    with ThreadPoolExecutor(max_workers=1) as beside:
        plain = beside.submit(deps.resolve, alone)
        try:
            merged = deps.resolve(sources)
        except CommandFailedError as error:
            raise explained(error, files) from error
        return Scene(stack.project, stack.name, plain.result(), merged)


def _kept(stack: StackIdentity, deps: Dependencies) -> Resolution | None:
    """Return what Compose made of the overlays of the last launch; None where that cannot be told."""
    path = deps.store.directory(stack.name) / RESOLUTION_FILE
    with explained_access("read", path):
        if not path.is_file():
            return None
        content = path.read_bytes()
    try:
        kept: Any = json.loads(content)
        return Resolution(kept["key"], Scene(stack.project, stack.name, kept["plain"], kept["merged"]))
    except (ValueError, KeyError, TypeError):
        return None
