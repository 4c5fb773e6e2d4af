"""What of a dynamic config the embedded server cannot be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import constrained

if TYPE_CHECKING:
    from devenv.dynamicconfig.model import DynamicConfig, Entry


def not_enforced(config: DynamicConfig) -> list[str]:
    """Return a sentence for each value that holds only somewhere: its command line takes global ones only."""
    return [in_words(entry) for entry in constrained(config)]


def in_words(entry: Entry) -> str:
    """Return the key, where its value holds, and where it was written."""
    constraints = " ".join(f"{name}={value}" for name, value in entry.constraints.items())
    return f"{entry.key} {constraints} ({entry.place})"
