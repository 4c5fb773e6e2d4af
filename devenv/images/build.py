"""Builds the stand-ins that are missing, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.docker.bake import ImageBuild
from devenv.errors import CommandFailedError, DevenvError, ImageBuildError
from devenv.events import StepEvent, StepStatus, warn
from devenv.images.base import BASE_REF, Mmdebstrap, ensure_base
from devenv.images.buildkit import BuildProgress
from devenv.images.catalog import images_directory
from devenv.images.steps import INTERRUPTED, reported_side_by_side, reported_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.events import Reporter
    from devenv.images.base import Bootstrap
    from devenv.images.buildkit import Told
    from devenv.images.catalog import StandIn
    from devenv.images.steps import OpenSteps
    from devenv.images.store import ImageStore

IMAGE_LABEL = "dev.temporal-devenv.image"
CACHE_DIRECTORY = "/var/cache/temporal-devenv/"
CA_BUNDLES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))
# BuildKit refuses larger secrets.
SECRET_LIMIT_BYTES = 500 * 1024


@dataclass(frozen=True)
class BuildResult:
    """What a run of the builder left behind."""

    built: tuple[str, ...] = ()
    already_there: tuple[str, ...] = ()
    freed_bytes: int = 0


@dataclass(frozen=True)
class ImageBuilder:
    """Builds stand-ins on the engine of `store`.

    `ca_bundle` is lent to the download steps of a build and kept by no image; `directory` holds the
    Dockerfiles, by default those that devenv ships.
    """

    store: ImageStore
    reporter: Reporter
    bootstrap: Bootstrap = field(default_factory=Mmdebstrap)
    ca_bundle: Path | None = None
    directory: Path = field(default_factory=images_directory)

    def build(self, stand_ins: Sequence[StandIn], *, keep_cache: bool = False) -> BuildResult:
        """Build those of `stand_ins` that are missing; what was built stays when another one fails.

        The caches of Go and Maven take gigabytes and serve only further builds: they are freed once
        everything is there, unless `keep_cache`.

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
            self._build({item.recipe.name: item for item in missing})
        freed = self._tidy() if missing and not keep_cache else 0
        return BuildResult(_refs(missing), _refs(there), freed)

    def free_cache(self) -> int:
        """Delete the download and compiler caches of these builds, nobody else's, and return the bytes."""
        with reported_step(self.reporter, "build cache", "freeing the caches of Go and Maven"):
            return self.store.prune_cache(CACHE_DIRECTORY)

    def _tidy(self) -> int:
        """Free the caches; the images are there, whether or not that succeeds."""
        try:
            return self.free_cache()
        except DevenvError as error:
            why = "; ".join([error.message, *error.details])
            warn(self.reporter, f"{why}; the images are built, and `docker buildx prune` frees it later")
            return 0

    def _report_there(self, item: StandIn) -> None:
        message = f"{item.image.ref} is there already"
        self.reporter.report(StepEvent(_step(item), StepStatus.DONE, message))

    def _build(self, items: Mapping[str, StandIn]) -> None:
        """Build `items`, which are named by their targets."""
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
            build_args={"BASE": BASE_REF, **item.recipe.build_args},
            secrets={"ca": self.ca_bundle} if self.ca_bundle is not None else {},
            labels={IMAGE_LABEL: item.recipe.service},
        )


def host_ca_bundle(environment: Mapping[str, str]) -> Path | None:
    """Return the certificates this machine trusts, if any: a proxy on the way may sign with its own."""
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
