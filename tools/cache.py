"""Where these programs, and the tests, keep what they can make again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from pathlib import Path


def cache_dir() -> Path:
    """Return the directory of this user: `$XDG_CACHE_HOME/temporal-devenv` on Linux."""
    return user_cache_path("temporal-devenv")
