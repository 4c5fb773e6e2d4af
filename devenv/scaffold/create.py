"""`new-service`: writes what was planned, and has the stack run its workers where that is ours to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.scaffold.overlays import read_settings, with_overlays, write_settings
from devenv.scaffold.placing import place

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.scaffold.service import ServicePlan


@dataclass(frozen=True)
class OverlayAdvice:
    """What becomes of the overlays that run the workers inside the stack."""

    overlays: tuple[str, ...]
    new_settings: str | None
    """What devenv.toml will hold; None if a person has to name the overlays there."""
    reason: str = ""
    """Why it is left to a person."""

    @property
    def are_added(self) -> bool:
        """Whether devenv.toml names them without anybody's doing."""
        return self.new_settings is not None


def advise(plan: ServicePlan, settings_file: Path | None, *, has_registry: bool) -> OverlayAdvice:
    """Decide who names the overlays of `plan` in devenv.toml; nothing is written.

    `has_registry` is false where the base images of the workers cannot be expected to be had.
    """
    if not has_registry:
        return OverlayAdvice(plan.overlays, None, "the stack runs without images from a registry")
    if settings_file is None:
        return OverlayAdvice(plan.overlays, None, "there is no devenv.toml")
    settings = with_overlays(read_settings(settings_file), plan.overlays)
    reason = "" if settings is not None else "devenv.toml is yours"
    return OverlayAdvice(plan.overlays, settings, reason)


def create(plan: ServicePlan, settings_file: Path | None, advice: OverlayAdvice) -> None:
    """Write the files of `plan`, and devenv.toml if it is ours.

    Raises:
        DevenvError: Something cannot be written; then nothing is.
    """
    place(plan)
    if settings_file is not None and advice.new_settings is not None:
        write_settings(settings_file, advice.new_settings)
