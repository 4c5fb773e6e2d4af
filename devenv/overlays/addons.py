"""The Compose files of add-ons, and what of their folders their containers mount."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from devenv.overlays.reading import read_overlays
from devenv.project.addons import COMPOSE_FILE
from devenv.project.builtin import builtin_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.overlays.reading import OverlayFile
    from devenv.project.addons import Addon


def read_compose_file(root: Path, addon: Addon) -> OverlayFile:
    """Read the Compose file of an add-on of the project at `root`, or of devenv.

    Raises:
        OverlayInvalidError: It is no Compose file, or one that an overlay could not be.
    """
    home = builtin_dir("compose").resolve() if addon.is_builtin else root
    path = (addon.directory.resolve() if addon.is_builtin else addon.directory) / COMPOSE_FILE
    [read] = read_overlays(home, [path.relative_to(home)])
    return read


def services_of(root: Path, addon: Addon) -> list[str]:
    """Return the services that the Compose file of the add-on has.

    Raises:
        OverlayInvalidError: As `read_compose_file`.
    """
    return list(read_compose_file(root, addon).document.data.get("services") or {})


def files_digests(root: Path, addons: Sequence[Addon]) -> dict[str, str]:
    """Return a digest of the mounted files for each service of an add-on: others are another container."""
    digests: dict[str, str] = {}
    for addon in addons:
        content = hashlib.sha256()
        for path in addon.files():
            content.update(f"{path.relative_to(addon.directory)}\0".encode() + path.read_bytes())
        digests |= dict.fromkeys(services_of(root, addon), content.hexdigest()[:12])
    return digests
