"""What building an image is made of: the words that `devenv.images` and the Docker adapter share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ImageBuild:
    """One image to build: `target` of `dockerfile`, from the files below `context`.

    `target` also names the build among those made together. `secrets` maps a BuildKit secret id to the file
    that a build step may read and that no layer keeps.
    """

    tag: str
    dockerfile: Path
    context: Path
    target: str
    build_args: Mapping[str, str]
    secrets: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PullProgress:
    """How far a pull is; `total_bytes` grows while the registry names further layers."""

    done_bytes: int
    total_bytes: int
