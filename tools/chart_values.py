"""Records which values the official Helm chart knows: `just chart-values DIRECTORY…`, one for each version.

A directory is one of `charts/temporal` at a release of https://github.com/temporalio/helm-charts, or what
`helm pull --untar` makes. The list of a version has every path of its values.yaml, which `helm show values`
prints with an empty line behind, and those that only a template reads, as `server.dynamicConfig`. What stands
below an empty value of values.yaml, or below a path that only a template reads, goes on to Kubernetes or to
the server as it is: such a path is `open`.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARTS = Path(__file__).parents[1] / "devenv/export/kubernetes/charts.json"

_ROLES = ("frontend", "internal-frontend", "history", "matching", "worker")
# What the templates call parts of the values.
_NAMES = {
    "$.Values": ("",),
    ".Values": ("",),
    "$server": ("server",),
    "$serviceValues": tuple(f"server.{role}" for role in _ROLES),
}
_REFERENCE = re.compile(
    r"(?<![\w$.])(?P<name>\$?\.Values|\$server|\$serviceValues)(?P<path>(?:\.[A-Za-z]\w*)+)"
)
# `{{ with PATH }}{{ toYaml . }}`: the template hands on what is there, whatever it is.
_HANDED_ON = re.compile(r"with \(?(?P<names>[^{}]*?)\)?\s*-?\}\}[\w:\s]*\{\{-?\s*toYaml \.")
# They name values that the chart refuses.
_ABOUT_OTHERS = {"_deprecations.tpl", "validations.yaml"}


def chart_values(chart: Path) -> dict[str, Any]:
    """Return what is recorded of the chart in the directory `chart`."""
    text = (chart / "values.yaml").read_bytes()
    paths = dict(_paths(yaml.safe_load(text), ""))
    templates = _templates(chart / "templates")
    for path in sorted(_references(templates)):
        if path not in paths:
            paths[path] = not any(other.startswith(f"{path}.") for other in paths)
    for match in _HANDED_ON.finditer(templates):
        paths |= dict.fromkeys(_references(match["names"]), True)
    paths = {path: is_open for path, is_open in paths.items() if not any(map(paths.get, _parents(path)))}
    about = yaml.safe_load((chart / "Chart.yaml").read_bytes())
    return {
        "server": about["appVersion"],
        "values_sha256": hashlib.sha256(text.strip()).hexdigest(),
        "paths": sorted(path for path, is_open in paths.items() if not is_open),
        "open": sorted(path for path, is_open in paths.items() if is_open),
    }


def _paths(value: Any, path: str) -> Iterator[tuple[str, bool]]:
    """Yield every path and whether anything may stand below it."""
    if path:
        yield path, value in ({}, [], None) or isinstance(value, list)
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, f"{path}.{key}" if path else key)


def _templates(directory: Path) -> str:
    paths = sorted(path for path in directory.iterdir() if path.name not in _ABOUT_OTHERS)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _references(template: str) -> Iterator[str]:
    for match in _REFERENCE.finditer(template):
        for start in _NAMES[match["name"]]:
            yield f"{start}{match['path']}".lstrip(".")


def _parents(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def main() -> None:
    """Record the charts in the directories that are named; other versions stay as they are."""
    known = json.loads(CHARTS.read_bytes()) if CHARTS.exists() else {}
    for chart in map(Path, sys.argv[1:]):
        known[yaml.safe_load((chart / "Chart.yaml").read_bytes())["version"]] = chart_values(chart)
    versions = sorted(known, key=lambda version: [int(part) for part in version.split(".")])
    CHARTS.write_text(json.dumps({version: known[version] for version in versions}, indent=1) + "\n")


if __name__ == "__main__":
    main()
