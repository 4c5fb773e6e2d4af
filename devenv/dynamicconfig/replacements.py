"""Replacements of keys that servers had once, or that guides name though no server had them.

The data is in replacements.toml and removed_keys.toml; a test proves that each replacement exists in the
catalog, and each key that is replaced does not.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_REPLACEMENTS = Path(__file__).with_name("replacements.toml")
_REMOVED = Path(__file__).with_name("removed_keys.toml")


@dataclass(frozen=True)
class Replacement:
    """What to do instead of setting `key`."""

    key: str
    """As it was spelled."""
    use: str | None = None
    """The key that does today what it did."""
    instead: str | None = None
    """What to do without a successor, as the end of a sentence; or a remark about `use`."""
    ratio_to: str | None = None
    """Of a field: its value is to be divided by that of another field."""

    @property
    def advice(self) -> str:
        """One clause for a person."""
        named = f'use "{self.use}"' if self.use else None
        return "; ".join(filter(None, (named, self.instead)))


@cache
def load_replacements() -> Mapping[str, Replacement]:
    """Return what to do instead, by lower-case key."""
    found = {
        key.lower(): Replacement(
            key, instead=f"servers had it up to {minor}, and nothing took its place: take it out"
        )
        for minor, keys in _read(_REMOVED).items()
        for key in keys
    }
    return found | _named(_read(_REPLACEMENTS)["keys"])


@cache
def load_field_replacements() -> Mapping[str, Mapping[str, Replacement]]:
    """Return what to write instead of fields of structured values: by lower-case key, then by field."""
    return {key.lower(): _named(fields) for key, fields in _read(_REPLACEMENTS)["fields"].items()}


def _named(tables: Mapping[str, Any]) -> dict[str, Replacement]:
    return {name.lower(): Replacement(name, **table) for name, table in tables.items()}


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
