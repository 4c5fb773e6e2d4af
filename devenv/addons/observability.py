"""The add-on `observability`: `up` proves that metrics, logs and spans arrive and rules are evaluated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from devenv.engines.host.web import web_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

# Of an exporter `up` says only that it runs itself.
SCRAPED = {
    'up{job="temporal"} == 1': "metrics of the server",
    "pg_up == 1": "metrics of Postgres",
}
TRACED_SERVICE = "io.temporal.frontend"
LOG_LINE = '"event.attrs.com.docker.compose.service":=temporal'


def prepare(context: AddonContext) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: its files are all in its folder."""
    return {}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return what has not been seen yet of metrics, rules, logs and, where they are on, spans."""
    metrics, logs = context.ports.address("metrics"), context.ports.address("logs")
    missing = [what for query, what in SCRAPED.items() if not _has_samples(metrics, query)]
    if not _are_rules_evaluated(metrics):
        missing.append("the first evaluation of the rules")
    if not web_text(f"http://{logs}/select/logsql/query?{urlencode({'query': LOG_LINE, 'limit': 1})}"):
        missing.append("a log line of the server")
    if context.settings.get("traces") and not _has_spans(context.ports.address("traces")):
        missing.append("a span of the server")
    return [f"not seen yet: {what}" for what in missing]


def alerts(context: AddonContext) -> Sequence[str]:
    """Return the alerts that fire, each with what to run first; none while vmalert does not answer."""
    text = web_text(f"http://{context.ports.address('metrics')}/vmalert/api/v1/alerts")
    found = json.loads(text)["data"]["alerts"] if text else []
    return sorted(
        f"{alert['name']}: {alert['annotations']['summary']} (run: {alert['annotations']['runbook']})"
        for alert in found
        if alert["state"] == "firing"
    )


def before_down(context: AddonContext) -> None:
    """Do nothing: its data is in volumes."""


def _has_samples(metrics: str, query: str) -> bool:
    text = web_text(f"http://{metrics}/api/v1/query?{urlencode({'query': query})}")
    return bool(text and json.loads(text)["data"]["result"])


def _are_rules_evaluated(metrics: str) -> bool:
    text = web_text(f"http://{metrics}/vmalert/api/v1/rules")
    groups = json.loads(text)["data"]["groups"] if text else []
    return bool(groups) and all(rule["health"] == "ok" for group in groups for rule in group["rules"])


def _has_spans(traces: str) -> bool:
    text = web_text(f"http://{traces}/api/v2/services")
    return TRACED_SERVICE in json.loads(text or "[]")
