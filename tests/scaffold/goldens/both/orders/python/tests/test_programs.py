"""What surrounds the workflows: settings, health, the starter's command line."""

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest

from orders.connection import interceptors, measured
from orders.health import serve_health
from orders.models import ReportRequest
from orders.settings import Settings
from orders.starter import read


def test_settings_come_from_the_environment() -> None:
    """An empty variable counts as unset."""
    environment = {"TEMPORAL_TASK_QUEUE": "mine", "STORE_PATH": "/data/s", "METRICS_ADDRESS": ""}
    assert Settings.from_environment(environment) == Settings("mine", Path("/data/s"))


def test_a_worker_needs_a_task_queue() -> None:
    """It would wait for work that nobody sends."""
    with pytest.raises(SystemExit, match="TEMPORAL_TASK_QUEUE"):
        Settings.from_environment({})


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_worker_listens_for_prometheus() -> None:
    """On the address that it is given."""
    address = f"127.0.0.1:{free_port()}"
    runtime = measured(Settings("mine", metrics_address=address))
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        assert answer.status == 200
    del runtime


@pytest.mark.parametrize(("endpoint", "how_many"), [("", 0), ("http://127.0.0.1:4318/v1/traces", 2)])
def test_spans_are_sent_only_where_they_are_told_to(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, how_many: int
) -> None:
    """Without a place for them there are none."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
    assert len(interceptors()) == how_many


@pytest.mark.parametrize(("is_healthy", "answer"), [(True, b" 200 "), (False, b" 503 ")])
async def test_health_is_told_over_http(is_healthy: bool, answer: bytes) -> None:
    """As probes ask for it."""
    port = free_port()
    async with serve_health(f"127.0.0.1:{port}", lambda: is_healthy):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert answer in await reader.readline()
        writer.close()
        await writer.wait_closed()


def test_the_starter_reads_what_to_report_on() -> None:
    """By default, orders."""
    assert read([]) == ReportRequest("orders")
    assert read(["--source", "parrots"]).source == "parrots"
