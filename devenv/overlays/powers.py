"""What an overlay can do beyond the harmless, and the hash by which a user trusts it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.files.yaml_documents import KeyPath
    from devenv.overlays.reading import OverlayFile

SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Power:
    """One thing beyond the harmless; `key_path` is where in the Compose model, `place` where it was written.

    One that `is_refused` cannot be had with trust either.
    """

    key_path: KeyPath
    text: str
    is_refused: bool = False
    place: str | None = None

    @property
    def sentence(self) -> str:
        """The place and the text, in one line."""
        text = f"{self.place}: {self.text}" if self.place else self.text
        return "".join(each if each.isprintable() else shown(each) for each in text)


def shown(value: object) -> str:
    """Return a value that a stranger wrote, on one line and without a character that steers a terminal."""
    text = json.dumps(value, default=str)
    if isinstance(value, str):
        text = text[1:-1]
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def fingerprint(files: Iterable[OverlayFile], powers: Iterable[Power], addons: Mapping[str, str]) -> str:
    """Return the hash of the overlays, of the files they read, and of all that they can do.

    `addons` are digests of the files that add-ons mount and build from.

    It says nothing of the machine: the same files have the same hash wherever they can do the same.
    """
    files = tuple(files)
    content = {
        "overlays": [[each.name, _digest(each.source_text)] for each in files],
        "env_files": sorted([name, _digest(text)] for each in files for name, text in each.env_files.items()),
        "powers": sorted(power.text for power in powers),
        # Only where there are some: overlays that are trusted stay trusted.
        **({"addons": dict(addons)} if addons else {}),
    }
    return _digest(json.dumps(content, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
