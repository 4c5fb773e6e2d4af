"""How differences between a server and its declaration become changes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from devenv.seeds.changes import Change, Kind
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

Differences = Iterable[tuple[str, str, str]]
"""Name, what is there, what is declared."""


def updates(kind: Kind, name: str, namespace: str | None, differences: Differences) -> Iterator[Change]:
    """Yield a change for each difference."""
    for label, before, after in differences:
        reason = f"{label} differs"
        yield Change(Action.UPDATE, kind, name, namespace, f"{label} {before}", f"{label} {after}", reason)


def quoted(text: str) -> str:
    """Return a text as it stands in a change."""
    return json.dumps(text, ensure_ascii=False) if text else "none"
