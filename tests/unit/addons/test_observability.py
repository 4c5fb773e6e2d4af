"""What `up` waits for where the add-on `observability` is on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, module_of
from devenv.addons.observability import NEVER
from devenv.engines.protocol import Service, StackIdentity
from devenv.images.catalog import addon_stand_ins, stand_in_family
from devenv.overlays.addon_files import load_addon
from devenv.project.builtin import addons_dir
from devenv.project.services import Ports
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.addons import AddonModule

MODULE = cast("AddonModule", module_of("observability"))
NOWHERE = (Path("/nowhere"), Path("/nowhere"))
STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SINCE = STARTED.timestamp()
SERVER = f'up{{job="temporal"}} == 1 and timestamp(up{{job="temporal"}}) > {SINCE}'
POSTGRES = f"pg_up == 1 and timestamp(pg_up) > {SINCE}"
SERVER_LINE = '"event.attrs.com.docker.compose.service":=temporal _time:>=2026-01-02T03:04:05+00:00'
ANY_LINE = "* _time:>=2026-01-02T03:04:05+00:00"
RULES, SPANS = "/vmalert/api/v1/rules", "/api/v2/traces"
SAMPLE = '{"data": {"result": [{"value": [0, "1"]}]}}'
NO_SAMPLE = '{"data": {"result": []}}'


def evaluated(*rules: tuple[str, str]) -> str:
    """Return what vmalert says of rules: the health of each, and when it was evaluated last."""
    states = [{"health": health, "lastEvaluation": time} for health, time in rules]
    return json.dumps({"data": {"groups": [{"rules": states}]}})


def spans(started: float) -> str:
    """Return the last trace of a server that had sent it `started` seconds after 1970."""
    return json.dumps([[{"timestamp": int(started * 1e6)}, {"name": "one that has no time"}]])


HEALTHY = {
    SERVER: SAMPLE,
    POSTGRES: SAMPLE,
    RULES: evaluated(("ok", "2026-01-02T03:04:09Z"), ("ok", "2026-01-02T03:04:10Z")),
    SERVER_LINE: '{"_msg":"started"}\n',
    ANY_LINE: '{"_msg":"started"}\n',
    SPANS: spans(SINCE + 1),
}


@contextmanager
def answering(
    answers: Mapping[str, str], *, has_traces: bool = True, is_strangers: bool = False
) -> Iterator[AddonContext]:
    """Yield a context whose pages answer each query, or each path without one; they may be a stranger's."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = parse_qs(url.query).get("query", [url.path])[0]
            self.send_response(200 if asked in answers else 503)
            self.end_headers()
            self.wfile.write(answers.get(asked, "").encode())
            was_asked.append(asked)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
            """Say nothing."""

    was_asked: list[str] = []
    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        number = listening.server_port
        engine = FakeEngine()
        engine.running["shop"] = {
            name: Service(name, "running", started_at=STARTED)
            for name in ("temporal", "postgres", "victoria-metrics", "victoria-logs")
        }
        ports = Ports.of(metrics=number, logs=number, traces=number)
        if is_strangers:
            engine.lost_ports.add(number)
        yield AddonContext(STACK, engine, ports, {"traces": has_traces}, RecordingReporter(), *NOWHERE)
        listening.shutdown()
        assert not (is_strangers and was_asked)


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
        (SERVER, NO_SAMPLE, "metrics of the server"),
        (POSTGRES, NO_SAMPLE, "metrics of Postgres"),
        (POSTGRES, "", "metrics of Postgres"),
        (POSTGRES, None, "metrics of Postgres"),
        (RULES, '{"data": {"groups": []}}', "the first evaluation of the rules"),
        (RULES, "", "the first evaluation of the rules"),
        (RULES, evaluated(("ok", NEVER), ("ok", NEVER)), "the first evaluation of the rules"),
        (
            RULES,
            evaluated(("ok", "2026-01-02T03:04:09Z"), ("err", "2026-01-02T03:04:09Z")),
            "the first evaluation of the rules",
        ),
        (SERVER_LINE, "", "a log line of the server"),
        (ANY_LINE, "", "a log line of the server"),
        (SPANS, "[]", "a span of the server"),
        (SPANS, spans(SINCE - 1), "a span of the server"),
        (SPANS, "", "a span of the server"),
        (SPANS, None, "a span of the server"),
    ],
)
def test_what_has_not_been_seen_is_said(asked: str, answer: str | None, what: str) -> None:
    """It is not there yet, is of an earlier run, or its service does not answer."""
    answers = {**HEALTHY, asked: answer}
    with answering({query: text for query, text in answers.items() if text is not None}) as context:
        assert MODULE.after_ready(context) == [f"not seen yet: {what}"]


def test_nobody_is_asked_at_ports_that_are_not_the_stacks() -> None:
    """Whoever has them now might answer as if all were well, or say that all is on fire."""
    with answering(HEALTHY, is_strangers=True) as context:
        assert len(MODULE.after_ready(context)) == 5
        assert MODULE.alerts(context) == []


def test_no_span_is_waited_for_unless_traces_are_on() -> None:
    """There is nothing that would answer."""
    answers = {asked: text for asked, text in HEALTHY.items() if asked != SPANS}
    with answering(answers, has_traces=False) as context:
        assert MODULE.after_ready(context) == []


@pytest.mark.parametrize(
    ("chosen", "has_traces"), [({}, False), ({"traces": False}, False), ({"traces": True}, True)]
)
def test_what_traces_need_is_there_only_with_them(chosen: dict[str, object], *, has_traces: bool) -> None:
    """No image is built, no port taken and no variable set for what is off."""
    directory = addons_dir() / "observability"
    settings = Settings(addons={"observability": chosen})
    addon = load_addon("observability", directory, settings, is_builtin=True)
    images = {stand_in.image.service for stand_in in addon_stand_ins([addon], stand_in_family({}))}
    assert ({"otel-collector", "zipkin"} <= images) is has_traces
    assert ({"traces", "otlp"} <= set(addon.definition.ports)) is has_traces
    assert ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" in addon.definition.environment) is has_traces
