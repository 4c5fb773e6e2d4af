"""Turns differences between a server and a declaration into changes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from devenv.seeds.changes import Change
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.seeds.changes import Key, Kind

Differences = Iterable[tuple[str, object, object]]
"""Field, observed value, declared value."""


def updates(kind: Kind, key: Key, spec: object, differences: Differences) -> Iterator[Change]:
    """Yield a change for each difference of one object."""
    for name, before, after in differences:
        yield Change(Action.UPDATE, kind, key, name, before, after, f"{name} differs", spec)


def quoted(text: str) -> str:
    """Return free text as it stands in the words for a change."""
    return json.dumps(text, ensure_ascii=False) if text else "none"
