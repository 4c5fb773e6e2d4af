"""The file that `just catalog` writes, read once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

FILE_NAME = "settings.json"


@cache
def read_data() -> dict[str, Any]:
    """Return the content of the file: `versions`, `constraint_sets`, `shapes`, `settings`."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8"))
    return document


@cache
def constraint_sets(precedence: str) -> tuple[frozenset[str], ...]:
    """Return the sets of constraints that can match, the strongest first."""
    return tuple(frozenset(names) for names in read_data()["constraint_sets"][precedence])
