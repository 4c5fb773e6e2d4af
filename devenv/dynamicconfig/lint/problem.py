"""What a check says; whoever ran it knows the file and the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.dynamicconfig.findings import Code
    from devenv.files.yaml_nodes import Position


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a value."""

    code: Code
    at: Position
    message: str
    suggestion: str | None = None
