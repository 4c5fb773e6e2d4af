"""Builds the missing stand-ins side by side, and reports BuildKit's progress."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.docker.bake import ImageBuild
from devenv.errors import CommandFailedError, DevenvError, ImageBuildError
from devenv.events import StepEvent, StepStatus, warn
from devenv.images.base import BASE_REF, Mmdebstrap, ensure_base
from devenv.images.catalog import BASE, images_directory
from devenv.images.steps import INTERRUPTED, reported_side_by_side, reported_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.events import Reporter
    from devenv.images.base import Bootstrap
    from devenv.images.catalog import StandIn
    from devenv.images.steps import OpenSteps
    from devenv.images.store import ImageStore


# An instruction is reported on start, on each phase that it announces, else at most every 5 s.
QUIET_S = 5.0
ANNOUNCED = ("building ", "downloading ")

_LINE = re.compile(r"#(?P<vertex>\d+) (?P<rest>.*\S)")
_HEADING = re.compile(r"\[(?P<name>[^\]]+)\] ")
_OUTPUT = re.compile(r"(?P<seconds>\d+\.\d+) (?P<text>.*)")
_END = re.compile(r"ERROR: (?:target (?P<target>[\w-]+): )?")
_CANCELED = "context canceled"
_LONGEST = 72
_TAIL_LINES = 15


@dataclass(frozen=True)
class Told:
    """Progress of the build of `target`, which is done if it `is_tagged`."""

    target: str
    message: str = ""
    is_tagged: bool = False


@dataclass(frozen=True)
class Failure:
    """The target that failed, and the last output of the instruction that failed."""

    target: str
    last_output: tuple[str, ...] = ()


@dataclass
class _Vertex:
    """One vertex of BuildKit: an instruction, or an internal step."""

    target: str | None
    stage: str = "build"
    announced: str | None = None
    told_s: float | None = None
    names_image: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    def hear(self, seconds: float, text: str) -> str | None:
        """Take a line of output and return a message, or None if it is too early for another."""
        self.tail.append(text)
        is_announcement = text.startswith(ANNOUNCED)
        if self.told_s is not None and seconds - self.told_s < QUIET_S and not is_announcement:
            return None
        self.told_s = seconds
        if is_announcement:
            self.announced = text
        return f"{self.stage}: {self._doing(text)}"

    def _doing(self, text: str) -> str:
        announced = self.announced or text
        said = "" if announced == text else f"; last said: {_shortened(text)}"
        return _shortened(announced) + said


class BuildProgress:
    """Parses BuildKit's plain progress of the builds of `targets`; cached instructions are not reported.

    A message may stay for minutes, because compilers print nothing: it begins with the announced phase and
    quotes the last output after it. An instruction that several targets share is reported for the target that
    BuildKit names.
    """

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets
        self._only = targets[0] if len(targets) == 1 else None
        self._vertices: dict[str, _Vertex] = {}
        self.failure: Failure | None = None

    def feed(self, line: str) -> Told | None:
        """Take a line of BuildKit's output and return the progress that it means, or None."""
        if match := _LINE.match(line):
            vertex = self._vertices.setdefault(match["vertex"], _Vertex(self._only))
            return self._feed_vertex(vertex, match["rest"])
        if match := _END.match(line):
            self._fail(match["target"] or self._only)
        return None

    def _feed_vertex(self, vertex: _Vertex, rest: str) -> Told | None:
        if heading := _HEADING.match(rest):
            self._name(vertex, heading["name"])
        elif output := _OUTPUT.match(rest):
            message = vertex.hear(float(output["seconds"]), output["text"])
            return Told(vertex.target, message) if vertex.target and message else None
        elif rest.startswith("naming to "):
            vertex.names_image = True
        elif rest.startswith("DONE "):
            return Told(vertex.target, is_tagged=True) if vertex.target and vertex.names_image else None
        elif rest.startswith("ERROR: ") and not rest.endswith(_CANCELED):
            self._fail(vertex.target, vertex.tail)
        return None

    def _name(self, vertex: _Vertex, name: str) -> None:
        """Parse the heading of an instruction, which begins with its target if there are several."""
        if self._only is not None:
            vertex.stage = name
            return
        target, _, vertex.stage = name.partition(" ")
        vertex.target = target if target in self._targets else None

    def _fail(self, target: str | None, tail: Sequence[str] = ()) -> None:
        """Keep the first failure; it causes the others."""
        if self.failure is None and target is not None and target in self._targets:
            self.failure = Failure(target, tuple(tail))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


IMAGE_LABEL = "dev.temporal-devenv.image"
CACHE_DIRECTORY = "/var/cache/temporal-devenv/"
CA_BUNDLES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))
# BuildKit refuses larger secrets.
SECRET_LIMIT_BYTES = 500 * 1024


@dataclass(frozen=True)
class BuildResult:
    """The references that a run of the builder built and found."""

    built: tuple[str, ...] = ()
    already_there: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageBuilder:
    """Builds stand-ins on the engine of `store`.

    `ca_bundle` is mounted as a secret into download steps, so no image contains it; `directory` holds the
    Dockerfiles, by default those that devenv ships.
    """

    store: ImageStore
    reporter: Reporter
    bootstrap: Bootstrap = field(default_factory=Mmdebstrap)
    ca_bundle: Path | None = None
    directory: Path = field(default_factory=images_directory)

    def build(self, stand_ins: Sequence[StandIn], *, keep_cache: bool = False) -> BuildResult:
        """Build the missing ones of `stand_ins`; finished images stay when another build fails.

        The caches of Go and Maven take gigabytes and serve only further builds: they are freed after a
        complete build, unless `keep_cache`.

        Raises:
            PrerequisiteError: There is no base system to build on, or nothing to build with.
            CommandFailedError: Making the base system failed, or building did, and no image in particular.
            ImageBuildError: A build failed and ended those beside it; nothing carries their tags.
        """
        present = self.store.present(item.image.ref for item in stand_ins)
        missing = [item for item in stand_ins if item.image.ref not in present]
        there = [item for item in stand_ins if item.image.ref in present]
        for item in there:
            self._report_there(item)
        if missing:
            ensure_base(self.store, self.bootstrap, self.reporter)
            tags = {item.image.ref for item in missing}
            on_others = [item for item in missing if item.recipe.build_args.get(BASE) in tags]
            self._build([item for item in missing if item not in on_others])
            self._build(on_others)
            if not keep_cache:
                self._free_cache()
        return BuildResult(_refs(missing), _refs(there))

    def _free_cache(self) -> None:
        """Delete the download and compiler caches of these builds only; warn if that fails."""
        try:
            with reported_step(self.reporter, "build cache", "freeing the caches of Go and Maven"):
                self.store.prune_cache(CACHE_DIRECTORY)
        except DevenvError as error:
            why = "; ".join([error.message, *error.details])
            warn(self.reporter, f"{why}; the images are built, and `docker buildx prune` frees it later")

    def _report_there(self, item: StandIn) -> None:
        message = f"{item.image.ref} is there already"
        self.reporter.report(StepEvent(_step(item), StepStatus.DONE, message))

    def _build(self, stand_ins: Sequence[StandIn]) -> None:
        """Build all of `stand_ins` side by side; none is built on another."""
        if not stand_ins:
            return
        items = {item.recipe.name: item for item in stand_ins}
        progress = BuildProgress(tuple(items))
        refs = {_step(item): item.image.ref for item in items.values()}
        with reported_side_by_side(self.reporter, "building", refs) as steps:
            try:
                self.store.build(
                    [self._to_build(item) for item in items.values()],
                    lambda line: _tell(steps, items, progress.feed(line)),
                )
            except CommandFailedError as error:
                if progress.failure is None:
                    raise
                item = items[progress.failure.target]
                evidence = progress.failure.last_output or error.details
                guilty = ImageBuildError(item.image.ref, setting=item.image.setting, evidence=evidence)
                steps.fail(_step(item), guilty.message)
                steps.fail_all(INTERRUPTED)
                raise guilty from error

    def _to_build(self, item: StandIn) -> ImageBuild:
        return ImageBuild(
            tag=item.image.ref,
            dockerfile=(item.directory or self.directory) / item.recipe.dockerfile,
            context=item.directory or self.directory,
            target=item.recipe.name,
            build_args={BASE: BASE_REF, **item.recipe.build_args},
            secrets={"ca": self.ca_bundle} if self.ca_bundle is not None else {},
            labels={IMAGE_LABEL: item.recipe.service},
        )


def host_ca_bundle(environment: Mapping[str, str]) -> Path | None:
    """Return the CA bundle of the host, if any: a proxy may sign with a CA of its own."""
    named = environment.get("SSL_CERT_FILE")
    for path in [Path(named)] if named else CA_BUNDLES:
        if path.is_file() and path.stat().st_size <= SECRET_LIMIT_BYTES:
            return path.resolve()
    return None


def _tell(steps: OpenSteps, items: Mapping[str, StandIn], told: Told | None) -> None:
    if told is None:
        return
    step = _step(items[told.target])
    if told.is_tagged:
        steps.end(step)
    else:
        steps.wait(step, told.message)


def _refs(items: Sequence[StandIn]) -> tuple[str, ...]:
    return tuple(item.image.ref for item in items)


def _step(item: StandIn) -> str:
    return f"image {item.image.service}"
