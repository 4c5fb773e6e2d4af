"""A place for images that is a set, a base system that needs no root, and a reporter that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.engines.image_build import PullProgress
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from devenv.engines.image_build import ImageBuild


@dataclass
class FakeImageStore:
    """An `ImageStore` whose registry has `published`, and where builds of `broken` targets fail."""

    local: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    output: tuple[str, ...] = ()
    builds: list[ImageBuild] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)

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

    def build(self, build: ImageBuild, on_line: Callable[[str], None]) -> None:
        assert build.build_args["BASE"] in self.local
        self.builds.append(build)
        for line in self.output:
            on_line(line)
        if build.target in self.broken:
            raise CommandFailedError(
                "The build failed", ["docker", "build"], ["------", "ERROR: exit code: 1"]
            )
        self.local.add(build.tag)

    def prune_cache(self, mounted_below: str) -> int:
        self.pruned.append(mounted_below)
        return 3_000_000_000


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
