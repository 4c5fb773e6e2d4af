"""`new-service`: writes what was planned, and has the stack run its workers where that is ours to say."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.scaffold.overlays import read_settings, with_overlays, write_settings
from devenv.scaffold.placing import place

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def create(plan: ServicePlan, settings_file: Path | None, advice: OverlayAdvice) -> OverlayAdvice:
    """Write the files of `plan`, and devenv.toml if it is ours; return what became of `advice`.

    Of several at once in one project each sees what the one before it has written.

    Raises:
        DevenvError: Something cannot be written; then nothing is.
    """
    with _alone_in(plan.root):
        place(plan)
        if settings_file is None or advice.new_settings is None:
            return advice
        current = advise(plan, settings_file, has_registry=True)
        if current.new_settings is not None:
            write_settings(settings_file, current.new_settings)
        return current


@contextmanager
def _alone_in(root: Path) -> Iterator[None]:
    """Have others who do this in the project wait; a file system without locks lets them go on."""
    descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
