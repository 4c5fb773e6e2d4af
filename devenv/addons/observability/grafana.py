"""The dashboards and alerts of the add-on for a Grafana and a Prometheus that somebody has already.

The source is the folder of the add-on, which VictoriaMetrics and vmalert read as it is: dashboards in the
JSON of vmui, rules in the YAML of Prometheus. All queries are PromQL, but for `topk_avg`. Dashboards are
rendered in Grafana's classic model, which every version imports:
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import hashlib
import json
import re
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = ".devenv-grafana.json"
RULES = "rules/temporal.yaml"

# About VictoriaMetrics and VictoriaLogs themselves, as rules/volumes.yaml.
_LOCAL = "observability"
# What PromQL and Grafana call what vmui is asked. A minute is too short for who scrapes once a minute;
# Grafana knows what is long enough.
_IN_GRAFANA = (
    (re.compile(r"\btopk_avg\("), "topk("),
    (re.compile(r"\bincrease\(([^\[\]]*)\[1m\]\)"), r"60 * rate(\1[1m])"),
    (re.compile(r"\[1m\]"), "[$__rate_interval]"),
)
_UNITS = {"s": "s", "%": "percent", "MB": "decmbytes", "/s": "cps", "/min": "cpm", "": "short"}
_LONGEST_UID = 40
# Grafana 10.4 and later read it as it is, and later ones bring it to their own.
_SCHEMA_VERSION = 39
_COLUMNS, _HEIGHT = 24, 8
_VMUI_COLUMNS = 12


class VmuiPanel(TypedDict):
    """A panel as vmui has it: `width` of 12, and a legend (`alias`) for each query (`expr`)."""

    title: str
    description: str
    unit: str
    width: int
    expr: list[str]
    alias: list[str]


class VmuiRow(TypedDict):
    """A row of panels."""

    title: str
    panels: list[VmuiPanel]


class VmuiDashboard(TypedDict):
    """A dashboard as vmui reads it."""

    title: str
    rows: list[VmuiRow]


class Datasource(TypedDict):
    """Where a panel asks: the variable that people choose it by."""

    type: Literal["prometheus"]
    uid: Literal["${datasource}"]


class Target(TypedDict):
    """A query of a panel."""

    refId: str
    datasource: Datasource
    expr: str
    legendFormat: str
    editorMode: Literal["code"]
    range: bool


class GridPosition(TypedDict):
    """Where a panel is, in columns of 24 and in rows."""

    x: int
    y: int
    w: int
    h: int


class Panel(TypedDict):
    """A panel of time series."""

    id: int
    type: Literal["timeseries"]
    title: str
    description: str
    datasource: Datasource
    gridPos: GridPosition
    fieldConfig: dict[str, Any]
    options: dict[str, Any]
    targets: list[Target]


class Dashboard(TypedDict):
    """A dashboard; its `uid` is the same in every export, so that a later one replaces it."""

    id: None
    uid: str
    title: str
    tags: list[str]
    timezone: Literal["browser"]
    editable: bool
    graphTooltip: int
    time: dict[str, str]
    refresh: str
    schemaVersion: int
    version: int
    templating: dict[str, Any]
    annotations: dict[str, Any]
    links: list[dict[str, Any]]
    panels: list[Panel]


def grafana_files(folder: Path) -> dict[str, bytes]:
    """Return the dashboards and alert rules, by path, that the `folder` of the add-on is the source of."""
    sources = {path.stem.partition("-")[2]: path for path in sorted(folder.glob("dashboards/*.json"))}
    dashboards = {
        f"dashboards/{name}.json": _to_json(_dashboard(name, json.loads(path.read_bytes())))
        for name, path in sources.items()
        if name != _LOCAL
    }
    return {**dashboards, RULES: (folder / RULES).read_bytes()}


def _to_json(dashboard: Dashboard) -> bytes:
    return json.dumps(dashboard, indent=2, ensure_ascii=False).encode() + b"\n"


def _dashboard(name: str, source: VmuiDashboard) -> Dashboard:
    return {
        "id": None,
        "uid": _uid(name),
        "title": f"Temporal: {source['title']}",
        "tags": ["temporal"],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "schemaVersion": _SCHEMA_VERSION,
        "version": 1,
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
            ]
        },
        "annotations": {"list": []},
        "links": [{"title": "Temporal", "type": "dashboards", "tags": ["temporal"], "asDropdown": True}],
        "panels": list(_panels(source)),
    }


def _uid(name: str) -> str:
    """Return what Grafana knows a dashboard by: at most 40 letters, digits, `-` and `_`."""
    uid = f"temporal-{re.sub(r'[^A-Za-z0-9_-]', '-', name)}"
    if uid == f"temporal-{name}" and len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{uid[: _LONGEST_UID - 7]}-{digest}"


def _panels(source: VmuiDashboard) -> Iterator[Panel]:
    x = y = 0
    panels = [panel for row in source["rows"] for panel in row["panels"]]
    for number, panel in enumerate(panels, 1):
        width = panel["width"] * _COLUMNS // _VMUI_COLUMNS
        if x + width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        yield _panel(number, panel, {"x": x, "y": y, "w": width, "h": _HEIGHT})
        x += width


_DATASOURCE: Datasource = {"type": "prometheus", "uid": "${datasource}"}


def _panel(number: int, panel: VmuiPanel, position: GridPosition) -> Panel:
    unit = panel["unit"]
    return {
        "id": number,
        "type": "timeseries",
        "title": panel["title"],
        "description": panel["description"],
        "datasource": _DATASOURCE,
        "gridPos": position,
        "fieldConfig": {
            "defaults": {
                "unit": _UNITS.get(unit, f"suffix: {unit}"),
                "min": 0,
                "custom": {"fillOpacity": 10},
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": list(_targets(panel)),
    }


def _targets(panel: VmuiPanel) -> Iterator[Target]:
    for number, (query, legend) in enumerate(zip(panel["expr"], panel["alias"], strict=True)):
        yield {
            "refId": ascii_uppercase[number],
            "datasource": _DATASOURCE,
            "expr": in_grafana(query),
            "legendFormat": legend,
            "editorMode": "code",
            "range": True,
        }


def in_grafana(query: str) -> str:
    """Return the PromQL for a query of vmui, with the window that Grafana chooses."""
    for pattern, replacement in _IN_GRAFANA:
        query = pattern.sub(replacement, query)
    return query
