"""The values that each version of the official chart knows, as tools/chart_values.py recorded them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "temporal"
REPOSITORY = "https://go.temporal.io/helm-charts"


@dataclass(frozen=True)
class Chart:
    """One version of the chart; below the paths in `open` it takes anything."""

    version: str
    paths: frozenset[str]
    open: frozenset[str]

    def unknown(self, values: Mapping[str, Any]) -> list[str]:
        """Return the paths in `values` that the chart does not know, of each branch the first."""
        return list(self._unknown(values, ""))

    def _unknown(self, values: Mapping[str, Any], above: str) -> Iterator[str]:
        for key, value in values.items():
            path = f"{above}.{key}" if above else key
            if path in self.open:
                continue
            if path not in self.paths:
                yield path
            elif isinstance(value, dict):
                yield from self._unknown(value, path)


@cache
def charts() -> Mapping[str, Chart]:
    """Return the versions of the chart that devenv knows."""
    recorded = json.loads(Path(__file__).with_name("charts.json").read_bytes())
    return {
        version: Chart(version, frozenset(each["paths"]), frozenset(each["open"]))
        for version, each in recorded.items()
    }
