"""The engines that a stack can run on: the only list of them.

A new engine is a package (`devenv.engines.packages.EnginePackage`), and a line here. One that runs images of
another engine than Docker also needs `devenv.wiring`, which asks Docker alone for images, and who publishes a
port.
"""

from __future__ import annotations

AUTO = "auto"
"""The setting that leaves the choice to `up`."""

ENGINES: dict[str, str] = {
    "compose": "devenv.engines.compose",
    "embedded": "devenv.engines.embedded",
}
"""The package of each engine, an `EnginePackage`, in the order in which `auto` tries them."""


def engine_settings() -> tuple[str, ...]:
    """Return everything that the setting `engine` can be."""
    return (AUTO, *ENGINES)
