"""What is logged is shown, and arrives where it is sent to."""

import json
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber

from orders.logs import JsonFormatter, sent_logs
from orders.settings import Settings


def test_a_record_is_sent_with_the_workflow_that_it_is_about() -> None:
    """By the names of Go's SDK, and the last one before the worker ends."""
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        about = {"workflow_id": "order-7", "attempt": 1}
        with sent_logs(Settings("mine", logs_endpoint=f"http://127.0.0.1:{server.server_port}/v1/logs")):
            logging.getLogger("shop").warning("no %s", "stock", extra={"temporal_workflow": about})
        server.shutdown()
    [sent] = [ExportLogsServiceRequest.FromString(body) for body in bodies]
    [resource] = sent.resource_logs
    [record] = resource.scope_logs[0].log_records
    assert resource.resource.attributes[0].value.string_value == "mine"
    assert (record.body.string_value, record.severity_text) == ("no stock", "WARNING")
    assert record.severity_number == SeverityNumber.SEVERITY_NUMBER_WARN
    fields = {each.key: each.value.string_value for each in record.attributes}
    assert fields == {"WorkflowID": "order-7", "Attempt": "1", "logger": "shop"}


def test_a_line_of_json_has_time_level_and_workflow() -> None:
    """By the names of Go's `slog`, and a traceback in the same line."""
    error = RuntimeError("sold out")
    said = {"name": "shop", "levelname": "ERROR", "msg": "no %s", "args": ("stock",)}
    about = {"temporal_activity": {"workflow_id": "order-7"}, "exc_info": (type(error), error, None)}
    record = logging.makeLogRecord({**said, **about})
    [text] = JsonFormatter().format(record).splitlines()
    line = json.loads(text)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("exception").endswith("RuntimeError: sold out\n")
    assert line == {"level": "ERROR", "msg": "no stock", "WorkflowID": "order-7", "logger": "shop"}


def test_a_place_that_takes_no_logs_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told, and the worker goes on."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unheard.getsockname()[1]}/v1/logs"
        with sent_logs(Settings("mine", logs_endpoint=address)):
            logging.getLogger("shop").warning("works")
    assert "could not be sent" in capsys.readouterr().err
