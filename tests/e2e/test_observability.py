"""The add-on `observability` on the real stack, with a worker that runs on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from e2e.engine_view import docker
from e2e.observing import (
    ADDON,
    QUEUE,
    check_fires_and_clears,
    connections_taken,
    firing,
    hanging,
    hurried_alerts,
    log_lines,
    nobody_working,
    page,
    rules,
    samples,
    shipped_alerts,
    workflow_tasks_failing,
    working,
)
from e2e.polling import eventually
from e2e.stacks import REPOSITORY
from e2e.workflows import start_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

RULE_TESTS = REPOSITORY / "tests" / "addons" / "observability"
SERVICES = {"victoria-metrics", "victoria-logs", "vmalert", "postgres-exporter", "opensearch-exporter"}
# What alerts fire of while this is so.
TROUBLES = {
    "TemporalServerDown": hanging("temporal"),
    "PostgresDown": hanging("postgres"),
    "OpenSearchDown": hanging("opensearch"),
    "PostgresConnections": connections_taken,
}
NAMESPACE = "my-shop"
# The image is one that the stack has.
OVERLAY = """\
services:
  tool:
    image: ${POSTGRES_IMAGE}
    entrypoint: [sh, -c, "echo '{\\"msg\\": \\"works\\", \\"level\\": \\"warn\\"}'; exec sleep infinity"]
    init: true
"""
# Rules whose series are there only after something has gone wrong.
SILENT_IN_HEALTH = {"WorkflowTasksFail", "VisibilityErrors"}


@pytest.fixture(scope="module")
def observed(module_yard: Yard) -> Stack:
    """Return a stack with the add-on, which all tests share: each leaves it as it was."""
    files = {
        "devenv.toml": '[compose]\noverlays = ["compose/tool.yaml"]\n[addons]\nobservability = true\n',
        "compose/tool.yaml": OVERLAY,
        "seeds/shop.yaml": f"namespaces: [{{name: {NAMESPACE}}}]\n",
    }
    stack = module_yard.project("observed", files)
    assert stack.cli.run("images", "build", "--keep-cache", "-o", "json").exit == 0
    stack.up()
    return stack


@pytest.fixture
def alerts(observed: Stack, tmp_path: Path) -> Iterator[str]:
    """Return the address of a vmalert that has the same rules, with shorter durations.

    It is gone after each test: the last one removes the network that it is in.
    """
    with hurried_alerts(observed, tmp_path) as address:
        yield address


def test_up_says_that_it_is_ready_with_its_pages(observed: Stack) -> None:
    """It waited for a metric, an evaluation of the rules and a log line."""
    assert observed.document["addons"] == ["observability"]
    assert "add-on observability" in [each["step"] for each in observed.document["timings"]]
    assert set(observed.services()) >= SERVICES
    for name in ("metrics", "logs", "dashboards", "alerts"):
        url = observed.cli.run("open", name).out.strip()
        assert url.startswith(page(observed, name))
        assert httpx.get(url.partition("#")[0]).status_code == 200
    assert observed.cli.answer("status")["state"] == "ready"


def test_every_panel_and_rule_has_data_under_load(observed: Stack) -> None:
    """That of the declared service, too; only what is about failures is empty in health, and says so."""
    boards = httpx.get(f"{page(observed, 'dashboards')}/vmui/custom-dashboards").json()["dashboardsSettings"]
    assert NAMESPACE in [board["title"] for board in boards]
    panels = [
        (f"{board['title']}: {panel['title']}", expression)
        for board in boards
        for row in board["rows"]
        for panel in row["panels"]
        for expression in panel["expr"]
        if "Empty in health" not in panel["description"]
    ]

    def have_data() -> bool:
        empty = [title for title, expression in panels if not samples(observed, expression)]
        assert empty == []
        return True

    vmalert = shipped_alerts(observed)
    with working(observed, NAMESPACE):
        eventually(have_data, within_s=90)
        series = {name: rule["lastSeriesFetched"] for name, rule in rules(vmalert).items()}
        [alert] = eventually(lambda: firing(vmalert, "WorkflowsFail"), within_s=60)
    assert f"workflow list -n {NAMESPACE} " in alert["annotations"]["runbook"]
    assert {name for name, count in series.items() if not count} <= SILENT_IN_HEALTH
    assert {rule["health"] for rule in rules(vmalert).values()} == {"ok"}


def test_queues_have_one_name_in_the_metrics_of_server_and_worker(observed: Stack) -> None:
    """Though the server writes `_` for `-`; and the queues of devenv's own proof are nowhere."""
    [seen] = samples(
        observed, f'count by (task_queue, taskqueue) (temporal_num_pollers{{service="{QUEUE}"}})'
    )
    assert seen["metric"] == {"task_queue": QUEUE, "taskqueue": "work_here"}
    assert samples(observed, '{job="temporal",taskqueue="work_here"}')
    assert samples(observed, '{taskqueue=~"devenv_canary.*"}') == []


def test_an_alert_fires_while_no_worker_runs_and_clears_when_one_does(observed: Stack) -> None:
    """It names the queue, and what to run."""
    vmalert = shipped_alerts(observed)

    def waiting() -> list[Any]:
        # In the other namespace a workflow may wait, too, since its worker was stopped.
        alerts = firing(vmalert, "TaskQueueBacklog")
        return [each for each in alerts if each["labels"]["namespace"] == "default"]

    with nobody_working(observed):
        [alert] = eventually(waiting, within_s=60)
        assert alert["labels"]["taskqueue"] == "work_here"
        assert "devenv temporal task-queue describe -n default" in alert["annotations"]["runbook"]
        assert "TaskQueueBacklog: default/work_here: " in observed.cli.run("status").out
    eventually(lambda: waiting() == [], within_s=60)


def test_an_alert_fires_while_workflow_tasks_fail(observed: Stack, alerts: str) -> None:
    """It names the worker and the workflow."""
    with workflow_tasks_failing(observed):
        [alert] = eventually(lambda: firing(alerts, "WorkflowTasksFail"), within_s=60)
    assert (alert["labels"]["service"], alert["labels"]["workflow_type"]) == ("broken", "Broken")


@pytest.mark.parametrize("alert", TROUBLES)
def test_an_alert_fires_as_long_as_there_is_trouble(observed: Stack, alerts: str, alert: str) -> None:
    """`just alerts` has the others."""
    check_fires_and_clears(observed, alerts, TROUBLES[alert], [alert])


def test_a_workflow_is_found_in_the_logs_and_docker_still_shows_them(observed: Stack) -> None:
    """By its id, with the namespace, the level and the service that wrote it."""
    identifier = start_workflow(observed.grpc, "default")
    assert observed.temporal("workflow", "delete", "-w", identifier, "--yes").exit == 0
    query = f'"event.line.wf-id":="{identifier}"'
    line, *_ = eventually(lambda: log_lines(observed, query), within_s=30)
    assert line["event.attrs.com.docker.compose.service"] == "temporal"
    assert line["event.line.level"] == "info"
    assert line["_msg"] == "DeleteWorkflowExecution requested"
    for service in ("postgres", "opensearch", "ui", "sql-schema", "visibility-index"):
        assert log_lines(observed, f'"event.attrs.com.docker.compose.service":={service}'), service
    assert identifier in observed.cli.run("logs", "temporal").out
    assert identifier in docker("logs", observed.services()["temporal"]["Id"])


def test_a_service_of_an_overlay_has_its_logs_there_and_is_told_where_metrics_go(observed: Stack) -> None:
    """Though the overlay says nothing of either."""
    query = '"event.attrs.com.docker.compose.service":=tool "event.line.level":=warn'
    [line] = eventually(lambda: log_lines(observed, query), within_s=30)
    assert line["_msg"] == "works"
    environment = observed.services()["tool"]["Config"]["Env"]
    assert (
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://victoria-metrics:8428/opentelemetry/v1/metrics"
        in environment
    )


@contextmanager
def listening(port: int) -> Iterator[list[str]]:
    """Have a program that is not the stack's on a port; yield the paths that it is asked for."""
    asked: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
            """Say nothing."""

    with HTTPServer(("127.0.0.1", port), Stranger) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield asked
        server.shutdown()


def test_who_takes_the_port_of_a_page_is_not_asked(observed: Stack) -> None:
    """Its container alone is gone: `status` misses it, and `up` brings it back when the port is free."""
    port = int(page(observed, "alerts").rpartition(":")[2])
    docker("rm", "--force", observed.services()["victoria-metrics"]["Id"])
    with listening(port) as asked:
        status = observed.cli.run("status", "-o", "json")
        assert (status.document["state"], status.document["alerts"]) == ("degraded", [])
        assert "the service victoria-metrics was removed" in status.err
    assert asked == []
    assert observed.up()["state"] == "ready"
    assert int(page(observed, "alerts").rpartition(":")[2]) == port


def test_the_rules_say_what_they_are_meant_to(observed: Stack) -> None:
    """Of series that are made up: each alert fires, and clears."""
    image = observed.services()["vmalert"]["Config"]["Image"]
    if not image.startswith("temporal-devenv/"):
        pytest.skip("the official image has no vmalert-tool")
    mounts = [f"-v={RULE_TESTS}:/tests:ro", f"-v={ADDON / 'rules'}:/rules:ro", "--tmpfs=/tmp"]
    tool = ["--entrypoint=/vmalert-tool-prod", image, "unittest", "--files=/tests/rules.test.yaml"]
    docker("run", "--rm", "--network=none", *mounts, *tool)


def test_switched_off_nothing_is_left_of_it(observed: Stack) -> None:
    """The stack is ready, and logs as it did; the data waits for the add-on to be on again."""
    observed.up("--without", "observability")
    assert observed.document["state"] == "ready"
    assert [each["name"] for each in observed.document["pages"]] == ["ui"]
    services = observed.services()
    assert SERVICES.isdisjoint(services)
    assert {each["HostConfig"]["LogConfig"]["Type"] for each in services.values()} == {"json-file"}
    assert "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" not in observed.cli.answer("env")
    observed.up("--with", "observability")
    assert log_lines(observed, '"event.line.wf-id":*')
    assert observed.cli.run("down", "--volumes", "--yes").exit == 0
    assert observed.everything() == []
