"""The add-on `observability` on the real stack, with a worker that runs on this machine."""

from __future__ import annotations

import json
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.stacks import REPOSITORY
from e2e.workflows import start_workflow, work_measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

ADDON = REPOSITORY / "compose" / "addons" / "observability"
RULE_TESTS = REPOSITORY / "tests" / "addons" / "observability"
SERVICES = {"victoria-metrics", "victoria-logs", "vmalert", "postgres-exporter", "opensearch-exporter"}
QUEUE = "work-here"
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


def page(stack: Stack, name: str) -> str:
    """Return the address of the server that has a page."""
    [url] = [each["url"] for each in stack.document["pages"] if each["name"] == name]
    return "/".join(str(url).split("/")[:3])


def samples(stack: Stack, query: str) -> list[Any]:
    answer = httpx.get(f"{page(stack, 'metrics')}/api/v1/query", params={"query": query})
    assert answer.status_code == 200, f"{query}: {answer.text}"
    found: list[Any] = answer.json()["data"]["result"]
    return found


def log_lines(stack: Stack, query: str) -> list[Any]:
    url = f"{page(stack, 'logs')}/select/logsql/query"
    answer = httpx.get(url, params={"query": query, "limit": 10})
    assert answer.status_code == 200, f"{query}: {answer.text}"
    return [json.loads(line) for line in answer.text.splitlines()]


def rules(stack: Stack) -> dict[str, Any]:
    answer = httpx.get(f"{page(stack, 'alerts')}/vmalert/api/v1/rules").json()
    return {rule["name"]: rule for group in answer["data"]["groups"] for rule in group["rules"]}


def firing(stack: Stack, alert: str) -> list[Any]:
    alerts = rules(stack)[alert].get("alerts", [])
    return [each for each in alerts if each["state"] == "firing"]


@contextmanager
def working(stack: Stack, namespace: str = "default") -> Iterator[None]:
    """Have a worker run workflows."""
    endpoint = stack.cli.answer("env")["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]
    # In a process of its own: the SDK goes on sending metrics as long as there is one.
    worker = get_context("spawn").Process(target=work_measured, args=(stack.grpc, namespace, QUEUE, endpoint))
    worker.start()
    try:
        yield
    finally:
        worker.terminate()
        worker.join()


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

    with working(observed, NAMESPACE):
        eventually(have_data, within_s=90)
        series = {name: rule["lastSeriesFetched"] for name, rule in rules(observed).items()}
    assert {name for name, count in series.items() if not count} <= SILENT_IN_HEALTH
    assert {rule["health"] for rule in rules(observed).values()} == {"ok"}


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
    identifier = "waits-for-a-worker"
    started = observed.temporal(
        "workflow", "start", "--type", "Working", "-t", QUEUE, "-w", identifier, "-i", '"completed"'
    )
    assert started.exit == 0, started.err

    def waiting() -> list[Any]:
        # In the other namespace a workflow may wait, too, since its worker was stopped.
        return [
            each for each in firing(observed, "TaskQueueBacklog") if each["labels"]["namespace"] == "default"
        ]

    [alert] = eventually(waiting, within_s=60)
    assert alert["labels"]["taskqueue"] == "work_here"
    assert "devenv temporal task-queue describe -n default" in alert["annotations"]["runbook"]
    assert "TaskQueueBacklog: default/work_here: " in observed.cli.run("status").out
    with working(observed):
        eventually(lambda: waiting() == [], within_s=60)


@pytest.mark.parametrize(
    ("service", "alert"),
    [("opensearch", "OpenSearchDown"), ("postgres", "PostgresDown"), ("temporal", "TemporalServerDown")],
)
def test_an_alert_fires_while_a_service_is_away(observed: Stack, service: str, alert: str) -> None:
    """And clears when it is back."""
    container = observed.services()[service]["Id"]
    docker("pause", container)
    try:
        eventually(lambda: firing(observed, alert), within_s=60)
    finally:
        docker("unpause", container)
    eventually(lambda: firing(observed, alert) == [], within_s=60)


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
