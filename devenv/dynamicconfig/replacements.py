"""What took the place of keys that the server had once, or that guides name though it never had them.

The data is in replacements.toml; a test proves that each replacement exists and each key in it does not.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA = Path(__file__).with_name("replacements.toml")


@dataclass(frozen=True)
class Replacement:
    """What to do instead of setting `key`."""

    key: str
    """As it was spelled."""
    use: str | None = None
    """The key that does today what it did."""
    instead: str | None = None
    """Where its meaning belongs now, as the end of a sentence; or what else is to be known about `use`."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Fields of a structured value that are called differently in `use`, lower case to the new name."""

    @property
    def advice(self) -> str:
        """One clause for a person."""
        named = f'use "{self.use}"' if self.use else None
        return "; ".join(filter(None, (named, self.instead)))


@cache
def load_replacements() -> Mapping[str, Replacement]:
    """Return the replacements by lower-case key."""
    with _DATA.open("rb") as file:
        tables = tomllib.load(file)
    return {key.lower(): Replacement(key, **table) for key, table in tables.items()}
