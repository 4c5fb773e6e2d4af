"""The dashboards and alerts of the add-on for a Grafana and a Prometheus that somebody has already.

The source is the folder of the add-on, which VictoriaMetrics and vmalert read as it is: dashboards in the
JSON of vmui, rules in the YAML of Prometheus. All queries are PromQL, but for `topk_avg`. Dashboards are
rendered in Grafana's classic model, which every version imports:
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from devenv.addons.observability import dashboards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORD = ".devenv-grafana.json"
RULES = "rules/temporal.yaml"

# About the containers of the stack, and this add-on itself, as rules/volumes.yaml.
_LOCAL = {"containers", "observability"}
# What PromQL and Grafana call what vmui is asked. A minute is too short for who scrapes once a minute;
# Grafana knows what is long enough.
_IN_GRAFANA = (
    (re.compile(r"\btopk_avg\("), "topk("),
    (re.compile(r"\bincrease\(([^\[\]]*)\[1m\]\)"), r"60 * rate(\1[1m])"),
    (re.compile(r"\[1m\]"), "[$__rate_interval]"),
)
_UNITS = {"s": "s", "%": "percent", "MB": "decmbytes", "/s": "cps", "/min": "cpm", "": "short"}
# Grafana 10.4 and later read it as it is, and later ones bring it to their own.
_SCHEMA_VERSION = 39
_COLUMNS, _HEIGHT = 24, 8
_VMUI_COLUMNS = 12


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


def grafana_files(namespaces: Iterable[str]) -> dict[str, bytes]:
    """Return the dashboards and alert rules, by path; each of `namespaces` has a dashboard of its own."""
    sources = dashboards.general_dashboards() | dashboards.service_dashboards(namespaces)
    rendered = {
        f"dashboards/{name}.json": dashboards.to_json(_dashboard(name, source))
        for name, source in sources.items()
        if name not in _LOCAL
    }
    return {**rendered, RULES: (dashboards.folder() / RULES).read_bytes()}


def _dashboard(name: str, source: dashboards.Dashboard) -> Dashboard:
    return {
        "id": None,
        "uid": f"temporal-{name}",
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


def _panels(source: dashboards.Dashboard) -> Iterator[Panel]:
    x = y = 0
    panels = [panel for row in source["rows"] for panel in row["panels"]]
    for number, panel in enumerate(panels, 1):
        width = panel["width"] * _COLUMNS // _VMUI_COLUMNS
        if x + width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        yield _panel(number, panel, {"x": x, "y": y, "w": width, "h": _HEIGHT})
        x += width


_DATASOURCE: Datasource = {"type": "prometheus", "uid": "${datasource}"}


def _panel(number: int, panel: dashboards.Panel, position: GridPosition) -> Panel:
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


def _targets(panel: dashboards.Panel) -> Iterator[Target]:
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
