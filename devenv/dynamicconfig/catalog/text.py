"""Values as people read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.dynamicconfig.catalog.model import ConstrainedDefault


def default_text(value: Any, stand_in: str | None, constrained: Iterable[ConstrainedDefault]) -> str:
    """Return a default in one line; `stand_in` is read instead of one that no file could give."""
    general = stand_in if stand_in is not None else value_text(value)
    special = (f"; {value_text(one.value)} for {constraints_text(one.constraints)}" for one in constrained)
    return general + "".join(special)


def value_text(value: Any) -> str:
    """Return a value in the flow style of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {value_text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if value is None:
        return "none"
    if isinstance(value, bool | int | float) or value == "":
        return json.dumps(value)
    return str(value)


def constraints_text(constraints: Mapping[str, str | int]) -> str:
    """Return constraints as a mapping in one line."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in sorted(constraints.items())) + "}"
