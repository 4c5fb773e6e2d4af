"""Everything a project declares, read and checked before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.load import load_dynamic_config
from devenv.project.builtin import builtin_dir, is_builtin
from devenv.seeds.load import load_seeds
from devenv.stack.overlays import Overlay, load_overlays

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.project.builtin import BuiltinName
    from devenv.project.locate import Project
    from devenv.project.settings import Settings
    from devenv.seeds.models import Seeds


@dataclass(frozen=True)
class Desired:
    """The declared state of a project."""

    settings: Settings
    seeds: Seeds
    dynamic_config: DynamicConfig
    overlays: tuple[Overlay, ...]


def load_desired(project: Project, settings: Settings) -> Desired:
    """Read seeds, dynamic config and overlays of `project`.

    Raises:
        InvalidInputError: With the place of everything that is wrong in one of them.
    """
    root = project.root
    return Desired(
        settings=settings,
        seeds=load_seeds(_layers("seeds", root / settings.paths.seeds)),
        dynamic_config=load_dynamic_config(_layers("dynamicconfig", root / settings.paths.dynamicconfig)),
        overlays=load_overlays(root, settings.compose.overlays),
    )


def _layers(builtin: BuiltinName, own: Path) -> list[Path]:
    """Return the shipped layer below the project's, once where they are the same directory."""
    shipped = builtin_dir(builtin)
    return [shipped] if is_builtin(own) else [shipped, own]
