"""The compose engine: the stack file brought up by Docker Compose.

Compose orchestrates; this package calls it, watches the containers from outside and finds things by label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineTraits

if TYPE_CHECKING:
    from devenv.engines.compose.engine import ComposeEngine
    from devenv.project.state import StackStore

TRAITS = EngineTraits(
    data_place="Docker volumes",
    runs_images=True,
    takes_overlays=True,
    http_api_services=("temporal", "ui"),
)


def make_engine(store: StackStore) -> ComposeEngine:
    """Return the engine; it connects to Docker when it is first used."""
    from devenv.engines.compose.engine import ComposeEngine

    return ComposeEngine(store)
