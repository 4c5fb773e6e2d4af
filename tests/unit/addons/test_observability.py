"""What `up` waits for where the add-on `observability` is on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from devenv.addons import AddonContext, module_of
from devenv.images.catalog import addon_stand_ins
from devenv.overlays.addon_files import load_addon
from devenv.project.builtin import builtin_dir
from devenv.project.services import Ports
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.addons import AddonModule

MODULE = cast("AddonModule", module_of("observability"))
HEALTHY = {
    'up{job="temporal"} == 1': json.dumps({"data": {"result": [{"value": [0, "1"]}]}}),
    "pg_up == 1": json.dumps({"data": {"result": [{"value": [0, "1"]}]}}),
    "/vmalert/api/v1/rules": json.dumps({"data": {"groups": [{"rules": [{"health": "ok"}]}]}}),
    '"event.attrs.com.docker.compose.service":=temporal': '{"_msg":"started"}\n',
    "/api/v2/services": json.dumps(["io.temporal.frontend", "io.temporal.history"]),
}


@contextmanager
def answering(answers: Mapping[str, str], *, has_traces: bool = True) -> Iterator[AddonContext]:
    """Yield a context whose pages answer each query, or each path without one."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = parse_qs(url.query).get("query", [url.path])[0]
            self.send_response(200 if asked in answers else 503)
            self.end_headers()
            self.wfile.write(answers.get(asked, "").encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        number = listening.server_port
        ports = Ports.of(metrics=number, logs=number, traces=number)
        nothing: Any = None
        yield AddonContext(nothing, nothing, ports, {"traces": has_traces}, nothing)
        listening.shutdown()


def test_nothing_is_missing_once_all_has_been_seen() -> None:
    with answering(HEALTHY) as context:
        assert MODULE.after_ready(context) == []


def test_status_tells_the_alerts_that_fire() -> None:
    """With what to run first; and none while vmalert does not answer."""
    about = {"summary": "no worker", "runbook": "devenv status"}
    alerts = [{"name": "Backlog", "state": state, "annotations": about} for state in ("pending", "firing")]
    answer = json.dumps({"data": {"alerts": alerts}})
    with answering({"/vmalert/api/v1/alerts": answer}) as context:
        assert MODULE.alerts(context) == ["Backlog: no worker (run: devenv status)"]
    with answering({}) as context:
        assert MODULE.alerts(context) == []


@pytest.mark.parametrize(
    ("asked", "answer", "what"),
    [
        ('up{job="temporal"} == 1', '{"data": {"result": []}}', "metrics of the server"),
        ("pg_up == 1", '{"data": {"result": []}}', "metrics of Postgres"),
        ("pg_up == 1", None, "metrics of Postgres"),
        ("/vmalert/api/v1/rules", '{"data": {"groups": []}}', "the first evaluation of the rules"),
        (
            "/vmalert/api/v1/rules",
            '{"data": {"groups": [{"rules": [{"health": "ok"}, {"health": "unknown"}]}]}}',
            "the first evaluation of the rules",
        ),
        ('"event.attrs.com.docker.compose.service":=temporal', "", "a log line of the server"),
        ("/api/v2/services", '["orders-python"]', "a span of the server"),
        ("/api/v2/services", None, "a span of the server"),
    ],
)
def test_what_has_not_been_seen_is_said(asked: str, answer: str | None, what: str) -> None:
    """It is not there yet, or its service does not answer."""
    answers = {**HEALTHY, asked: answer}
    with answering({query: text for query, text in answers.items() if text is not None}) as context:
        assert MODULE.after_ready(context) == [f"not seen yet: {what}"]


def test_no_span_is_waited_for_unless_traces_are_on() -> None:
    """There is nothing that would answer."""
    answers = {asked: text for asked, text in HEALTHY.items() if asked != "/api/v2/services"}
    with answering(answers, has_traces=False) as context:
        assert MODULE.after_ready(context) == []


@pytest.mark.parametrize(
    ("chosen", "has_traces"), [({}, False), ({"traces": False}, False), ({"traces": True}, True)]
)
def test_what_traces_need_is_there_only_with_them(chosen: dict[str, object], *, has_traces: bool) -> None:
    """No image is built, no port taken and no variable set for what is off."""
    directory = builtin_dir("compose") / "addons" / "observability"
    settings = Settings(addons={"observability": chosen})
    addon = load_addon("observability", directory, settings, is_builtin=True)
    images = {stand_in.image.service for stand_in in addon_stand_ins([addon])}
    assert ({"otel-collector", "zipkin"} <= images) is has_traces
    assert ({"traces", "otlp"} <= set(addon.definition.ports)) is has_traces
    assert ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" in addon.definition.environment) is has_traces
