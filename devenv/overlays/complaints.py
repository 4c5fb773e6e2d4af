"""What Docker Compose says about an overlay, with the place that it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devenv.errors import OverlayInvalidError
from devenv.overlays.reading import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.errors import CommandFailedError
    from devenv.files.yaml_documents import KeyPath
    from devenv.overlays.reading import OverlayFile

# `services.redis.ports`, or the service of `service "redis" …`.
KEY = re.compile(rf"\b(?:{'|'.join(SECTIONS)})(?:\.[\w-]+)+")
SERVICE = re.compile(r'\bservice "?([\w.-]+)"?')


def explained(error: CommandFailedError, files: Sequence[OverlayFile]) -> OverlayInvalidError:
    """Return Compose's refusal as an error about the overlay that it is about."""
    said = " ".join(line.strip() for line in error.details) or "no reason is given"
    for file in files:
        said = said.replace(f"validating {file.name}: ", "")
    return OverlayInvalidError(
        f"Docker Compose cannot use it: {said}",
        place=_place(said, files),
        hint="correct the file; the Compose file reference says what each key takes",
    )


def _place(said: str, files: Sequence[OverlayFile]) -> str:
    """Return the place of the key that is named, or the names of the overlays."""
    named: list[KeyPath] = [tuple(found.split(".")) for found in KEY.findall(said)]
    named += [("services", name) for name in SERVICE.findall(said)]
    for path in named:
        for length in range(len(path), 1, -1):
            for file in reversed(files):
                if path[:length] in file.document.positions:
                    return file.document.place(path[:length])
    return ", ".join(file.name for file in files)
