"""A stack with the add-on `backups`, and what pgBackRest says of its repository."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from devenv.addons import module_of
from devenv.project.builtin import addons_dir

if TYPE_CHECKING:
    from fakes.world import World


def backup(label: str, finished: int, kind: str = "full") -> dict[str, Any]:
    """Return a backup as pgBackRest describes it, `finished` at a second of the epoch."""
    return {
        "label": label,
        "type": kind,
        "timestamp": {"start": finished - 3, "stop": finished},
        "info": {"size": 32_000_000, "repository": {"delta": 4_000_000}},
    }


def info(*backups: dict[str, Any]) -> str:
    """Return what `pgbackrest info --output=json` prints."""
    return json.dumps([{"name": "temporal", "backup": list(backups)}])


# 2026-03-01 12:00 UTC and an hour later.
FIRST, SECOND = 1_772_366_400, 1_772_370_000
TWO = info(backup("20260301-120000F", FIRST), backup("20260301-120000F_20260301-130000I", SECOND, "incr"))


def ship_backups(world: World, said: str = TWO) -> None:
    """Have devenv ship the add-on, its code as well, and pgBackRest say this of its repository."""
    shutil.copytree(addons_dir() / "backups", world.shipped / "backups")
    code = module_of("backups")
    assert code is not None
    world.addon_modules["backups"] = code
    world.compose.answers |= {
        "postgres pgbackrest": said,
        "postgres psql": "",
        "postgres sh": "",
        "beside": said,
    }
    world.compose.answers |= {"opensearch curl": "{}"}
