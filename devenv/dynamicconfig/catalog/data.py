"""The file that `just catalog` writes, read once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE_NAME = "settings.json"


@cache
def read_data() -> dict[str, Any]:
    """Return the content of the file: `versions`, `constraint_sets`, `settings`."""
    text = Path(__file__).with_name(FILE_NAME).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def constraint_sets(precedence: str) -> tuple[frozenset[str], ...]:
    """Return the sets of constraints that can match, the strongest first."""
    return tuple(frozenset(names) for names in read_data()["constraint_sets"][precedence])
