"""A place for images that is a set, a base system that needs no root, and a reporter that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.engines.docker.bake import PullProgress
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from devenv.engines.docker.bake import ImageBuild
    from devenv.errors import DevenvError


@dataclass
class FakeImageStore:
    """An `ImageStore` whose registry has `published`, and where the first build of a `broken` target fails.

    `output` is what the programs of a target print; the targets behind the one that fails are cut off.
    """

    local: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    output: dict[str, tuple[str, ...]] = field(default_factory=dict)
    builds: list[ImageBuild] = field(default_factory=list)
    bakes: int = 0
    pulled: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    platform: str = "linux/amd64"
    prune_failure: DevenvError | None = None

    def platform_of(self, ref: str) -> str:
        assert ref in self.local
        return self.platform

    def present(self, refs: Iterable[str]) -> set[str]:
        return set(refs) & self.local

    def pull(self, ref: str, on_progress: Callable[[PullProgress], None]) -> None:
        if ref not in self.published:
            raise CommandFailedError(f"The image {ref} could not be pulled", [], ["no such host"])
        for done in range(101):
            on_progress(PullProgress(done * 1_000_000, 100_000_000))
        self.pulled.append(ref)
        self.local.add(ref)

    def tag(self, source: str, target: str) -> None:
        assert source in self.local
        self.local.add(target)

    def import_base(self, tar: Path, ref: str) -> None:
        assert tar.is_file()
        self.imported.append(ref)
        self.local.add(ref)

    def build(self, builds: Sequence[ImageBuild], on_line: Callable[[str], None]) -> None:
        self.bakes += 1
        self.builds += builds
        for number, build in enumerate(builds):
            assert build.build_args["BASE"] in self.local
            is_broken = build.target in self.broken
            prefix = f"{build.target} " if len(builds) > 1 else ""
            ending = "ERROR: process did not complete successfully" if is_broken else "DONE 9.9s"
            for line in _run_lines(10 + number, prefix, self.output.get(build.target, ()), ending):
                on_line(line)
            if is_broken:
                raise CommandFailedError(
                    "The build failed", ["docker", "bake"], ["------", "ERROR: exit code: 1"]
                )
            self.local.add(build.tag)
            for line in _export_lines(20 + number, prefix, build.tag):
                on_line(line)

    def prune_cache(self, mounted_below: str) -> int:
        if self.prune_failure is not None:
            raise self.prune_failure
        self.pruned.append(mounted_below)
        return 3_000_000_000


def _run_lines(vertex: int, prefix: str, output: Sequence[str], ending: str) -> Iterator[str]:
    yield f"#{vertex} [{prefix}build 1/2] RUN make"
    yield from (f"#{vertex} {second}.5 {text}" for second, text in enumerate(output))
    yield f"#{vertex} {ending}"


def _export_lines(vertex: int, prefix: str, tag: str) -> Iterator[str]:
    name = f"[{prefix.strip()}] " if prefix else ""
    yield f"#{vertex} {name}exporting to image"
    yield f"#{vertex} naming to docker.io/{tag} done"
    yield f"#{vertex} DONE 0.1s"


@dataclass
class FakeImages(FakeImageStore):
    """A store that has every image but the `missing` ones, which can be pulled; or it has a `failure`."""

    missing: set[str] = field(default_factory=set)
    failure: DevenvError | None = None
    looks: int = 0

    def present(self, refs: Iterable[str]) -> set[str]:
        self.looks += 1
        if self.failure is not None:
            raise self.failure
        return set(refs) - self.missing

    def pull(self, ref: str, on_progress: Callable[[PullProgress], None]) -> None:
        if self.failure is not None:
            raise self.failure
        self.published.add(ref)
        super().pull(ref, on_progress)


@dataclass
class FakeBootstrap:
    """A `Bootstrap` that writes an empty file, or has an obstacle."""

    hindered_by: str | None = None
    made: int = 0

    def obstacle(self) -> str | None:
        return self.hindered_by

    def make(self, tar: Path, on_line: Callable[[str], None]) -> None:
        on_line("I: running apt-get")
        tar.touch()
        self.made += 1
