"""The schemas of Kubernetes and of operators' resources, as tools/kubernetes_schemas.py recorded them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY = Path(__file__).parent


def known_versions() -> list[str]:
    """Return the versions of Kubernetes whose schemas there are."""
    return sorted(path.stem.removeprefix("kubernetes-") for path in DIRECTORY.glob("kubernetes-*.json"))


@cache
def schemas(version: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the schema of each kind, by `apiVersion/kind`."""
    kubernetes = json.loads((DIRECTORY / f"kubernetes-{version}.json").read_bytes())
    operators = json.loads((DIRECTORY / "operators.json").read_bytes())
    own = {kind: {**schema, "$defs": kubernetes["$defs"]} for kind, schema in kubernetes["kinds"].items()}
    return own | {kind: each["schema"] for kind, each in operators["kinds"].items()}
