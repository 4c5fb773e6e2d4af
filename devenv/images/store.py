"""The Protocol of an image store; `devenv.engines.docker.images` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from devenv.engines.docker.bake import ImageBuild, PullProgress


class ImageStore(Protocol):
    """Images by reference, `name:tag`, and the cache of the builds that made them."""

    def present(self, refs: Iterable[str]) -> set[str]:
        """Return those of `refs` that are local."""

    def platform_of(self, ref: str) -> str:
        """Return what the local image `ref` runs on, such as `linux/amd64`."""

    def pull(self, ref: str, on_progress: Callable[[PullProgress], None]) -> None:
        """Fetch `ref` from its registry.

        Raises:
            CommandFailedError: With the registry's or the network's reason.
        """

    def tag(self, source: str, target: str) -> None:
        """Give the local image `source` the further name `target`."""

    def import_base(self, tar: Path, ref: str) -> None:
        """Make the root file system in `tar` the image `ref`.

        Raises:
            CommandFailedError: The engine refuses it.
        """

    def build(self, builds: Sequence[ImageBuild], on_line: Callable[[str], None]) -> None:
        """Build images side by side, calling `on_line` for each line of BuildKit's plain progress.

        Each build sets its tag once it succeeds. The first that fails ends those that still go on.

        Raises:
            PrerequisiteError: There is nothing to build with.
            CommandFailedError: With the last lines of all builds together.
        """

    def prune_cache(self, mounted_below: str) -> int:
        """Delete only the cache mounts below a path inside builds, and return the freed bytes."""
