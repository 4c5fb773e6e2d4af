"""The add-on `observability`: `up` proves that metrics, logs and spans arrive and rules are evaluated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from devenv.addons.observability.dashboards import folder, service_dashboards, to_json
from devenv.addons.observability.labels import relabelling
from devenv.project.access import Access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

RELABELLING = "relabel.yaml"
METRICS, LOGS, SERVER = "victoria-metrics", "victoria-logs", "temporal"
# What is 1 as soon as metrics are there, and of which service; of an exporter `up` says only that it runs.
SCRAPED = {
    "metrics of the server": (f'up{{job="{SERVER}"}}', SERVER),
    "metrics of Postgres": ("pg_up", "postgres"),
}
LOG_LINE = f'"event.attrs.com.docker.compose.service":={SERVER}'
TRACED_SERVICE = "io.temporal.frontend"
NEVER = "0001-01-01T00:00:00Z"
# Of a second, as Zipkin counts.
MICROSECONDS = 1_000_000


def check(context: AddonContext) -> None:
    """Do nothing: all settings can be changed at any time."""


def access(context: AddonContext) -> Access:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: clients get in as ever."""
    return Access()


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return the dashboard of each namespace, to be beside those of the folder, and rules for its labels."""
    pages = service_dashboards(namespaces)
    files = {f"dashboards/{name}.json": to_json(dashboard) for name, dashboard in pages.items()}
    if rules := relabelling(namespaces):
        files[RELABELLING] = (folder() / RELABELLING).read_bytes() + rules.encode()
    return files


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return what has not been seen yet of metrics, rules, logs and, where they are on, spans.

    What was kept of an earlier run does not count: it proves nothing of this one.
    """
    missing = [what for what, (series, of) in SCRAPED.items() if not _is_scraped(context, series, of)]
    if not _are_rules_evaluated(context):
        missing.append("the first evaluation of the rules")
    if not _has_lines(context, LOG_LINE, SERVER) or not _has_lines(context, "*", LOGS):
        missing.append("a log line of the server")
    if context.settings.get("traces") and not _has_spans(context):
        missing.append("a span of the server")
    return [f"not seen yet: {what}" for what in missing]


def alerts(context: AddonContext) -> Sequence[str]:
    """Return the alerts that fire, each with what to run first; none while vmalert does not answer."""
    text = context.text("metrics", "/vmalert/api/v1/alerts")
    found = json.loads(text)["data"]["alerts"] if text else []
    return sorted(
        f"{alert['name']}: {alert['annotations']['summary']} (run: {alert['annotations']['runbook']})"
        for alert in found
        if alert["state"] == "firing"
    )


def before_down(context: AddonContext) -> None:
    """Do nothing: its data is in volumes."""


def _is_scraped(context: AddonContext, series: str, of: str) -> bool:
    start = context.started_at(of, METRICS).timestamp()
    query = f"{series} == 1 and timestamp({series}) > {start}"
    text = context.text("metrics", f"/api/v1/query?{urlencode({'query': query})}")
    return bool(text and json.loads(text)["data"]["result"])


def _are_rules_evaluated(context: AddonContext) -> bool:
    """Whether all rules were evaluated without an error; before that they are said to be well, too."""
    text = context.text("metrics", "/vmalert/api/v1/rules")
    rules = [rule for group in json.loads(text)["data"]["groups"] for rule in group["rules"]] if text else []
    return bool(rules) and all(rule["health"] == "ok" and rule["lastEvaluation"] != NEVER for rule in rules)


def _has_lines(context: AddonContext, query: str, since: str) -> bool:
    """Whether a line was logged, and has arrived, since the service `since` started."""
    recent = f"{query} _time:>={context.started_at(since).isoformat()}"
    return bool(context.text("logs", f"/select/logsql/query?{urlencode({'query': recent, 'limit': 1})}"))


def _has_spans(context: AddonContext) -> bool:
    """Whether the last trace that Zipkin has is of this run of the server."""
    query = urlencode({"serviceName": TRACED_SERVICE, "limit": 1})
    traces = json.loads(context.text("traces", f"/api/v2/traces?{query}") or "[]")
    start = context.started_at(SERVER).timestamp()
    return any(span.get("timestamp", 0) / MICROSECONDS >= start for trace in traces for span in trace)
