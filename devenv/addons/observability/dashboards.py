"""The dashboards of the add-on as vmui has them: the files of its folder, and one for each declared service.

vmui has no variables, so the page of a service is rendered from a template. It shows Markdown only in tips
that vanish when the pointer leaves them: no link can be followed, and a query of the logs is text.
"""

from __future__ import annotations

import hashlib
import json
import re
from string import Template
from typing import TYPE_CHECKING, Any, TypedDict

from devenv.addons.observability.labels import server_label
from devenv.project.builtin import addons_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_TEMPLATE = "service.json"
_LONGEST_SLUG = 23


class Panel(TypedDict):
    """A panel: `width` of 12, and a legend (`alias`) for each query (`expr`)."""

    title: str
    description: str
    unit: str
    width: int
    expr: list[str]
    alias: list[str]


class Row(TypedDict):
    """A row of panels; only the first of a dashboard is open."""

    title: str
    panels: list[Panel]


class Dashboard(TypedDict):
    """A dashboard."""

    title: str
    rows: list[Row]


def folder() -> Path:
    """Return the folder of the add-on."""
    return addons_dir() / "observability"


def general_dashboards() -> dict[str, Dashboard]:
    """Return those about the whole stack, by their names without the number that says their order."""
    paths = sorted(folder().glob("dashboards/*.json"))
    return {path.stem.partition("-")[2]: json.loads(path.read_bytes()) for path in paths}


def service_dashboards(namespaces: Iterable[str]) -> dict[str, Dashboard]:
    """Return one for each of `namespaces`, by name: what `new-service` makes has one of its own.

    A name has at most 31 lower-case letters, digits, `-` and `_`, so that it can be that of a file, too.
    """
    template: Dashboard = json.loads((folder() / _TEMPLATE).read_bytes())
    return {f"service-{_slug(name)}": _filled(template, _words(name)) for name in namespaces}


def _slug(namespace: str) -> str:
    plain = re.sub(r"[^a-z0-9_-]", "-", namespace.lower())
    if plain == namespace and len(plain) <= _LONGEST_SLUG:
        return plain
    digest = hashlib.sha256(namespace.encode()).hexdigest()[:6]
    return f"{plain[: _LONGEST_SLUG - 7]}-{digest}"


def _words(namespace: str) -> dict[str, str]:
    # The languages of both kinds of queries quote text as JSON does.
    quoted = json.dumps(namespace, ensure_ascii=False)[1:-1]
    label = server_label(namespace)
    return {"namespace": namespace, "server_label": label, "worker_label": quoted, "log_value": quoted}


def _filled(template: Any, words: Mapping[str, str]) -> Any:
    """Return `template` with `words` in the place of its placeholders, in whatever text it holds."""
    match template:
        case str():
            return Template(template).substitute(words)
        case list():
            return [_filled(each, words) for each in template]
        case dict():
            return {name: _filled(each, words) for name, each in template.items()}
        case _:
            return template


def to_json(dashboard: Mapping[str, Any]) -> bytes:
    """Return the file of a dashboard."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False).encode() + b"\n"
