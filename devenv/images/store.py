"""The Protocol of the place where images are; `devenv.engines.docker_images` is the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from devenv.engines.image_build import ImageBuild, PullProgress


class ImageStore(Protocol):
    """Images by reference, `name:tag`, and the cache of the builds that made them."""

    def present(self, refs: Iterable[str]) -> set[str]:
        """Return those of `refs` that are local."""

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

    def build(self, build: ImageBuild, on_line: Callable[[str], None]) -> None:
        """Build an image, calling `on_line` for each line of BuildKit's plain progress.

        Only a build that succeeds sets the tag.

        Raises:
            CommandFailedError: With the last lines of the build.
        """

    def prune_cache(self, mounted_below: str) -> int:
        """Delete the cache mounts below a path inside builds, no other cache, and return the bytes."""
