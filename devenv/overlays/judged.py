"""What became of the overlays of a project: as Compose reads them, and what they can do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.overlays.judging import Judgement
    from devenv.overlays.scene import Scene


@dataclass(frozen=True)
class Resolution:
    """What Compose made of the stack file without and with overlays; `key` stands for what it was given."""

    key: str
    scene: Scene

    def to_json(self) -> str:
        """Return it as text, without the project that it is about."""
        return json.dumps({"key": self.key, "plain": self.scene.plain, "merged": self.scene.merged})


@dataclass(frozen=True)
class JudgedOverlays:
    """What is launched of overlays is what was judged: they are not read again in between."""

    resolution: Resolution
    judgement: Judgement
