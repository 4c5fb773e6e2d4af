"""Traces of the add-on `observability` on the real stack, by `just traces`: CI does not build the images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import toolchain
from e2e.polling import eventually
from e2e.services import Service, running

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = [pytest.mark.stack, pytest.mark.toolchain]

SERVICES = {"otel-collector", "zipkin"}
ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
STARTED = "temporal.api.workflowservice.v1.workflowservice/startworkflowexecution"


@pytest.fixture(scope="module")
def traced(module_yard: Yard) -> Stack:
    """Return a stack with traces, which all tests share."""
    stack = module_yard.project("traced", {"devenv.toml": "[addons]\nobservability = {traces = true}\n"})
    built = stack.cli.run("images", "build", "--keep-cache", "-o", "json")
    assert built.exit == 0, built.err
    stack.up()
    return stack


def zipkin(stack: Stack) -> str:
    """Return the address of what has the traces."""
    [url] = [each["url"] for each in stack.document["pages"] if each["name"] == "traces"]
    return "/".join(str(url).split("/")[:3])


def spans_of(stack: Stack, workflow: str, service: str) -> dict[str, dict[str, str]]:
    """Return the tags of the spans of the one trace of a workflow that `service` began, by name."""
    query = {"serviceName": service, "annotationQuery": f"temporalWorkflowID={workflow}"}
    [trace] = httpx.get(f"{zipkin(stack)}/api/v2/traces", params=query).json()
    return {f"{span['localEndpoint']['serviceName']} {span['name']}": span["tags"] for span in trace}


def test_up_is_ready_when_a_span_of_the_server_is_found(traced: Stack) -> None:
    """And has a page for them."""
    assert set(traced.services()) >= SERVICES
    assert "io.temporal.frontend" in httpx.get(f"{zipkin(traced)}/api/v2/services").json()
    url = traced.cli.run("open", "traces").out.strip()
    assert url.startswith(zipkin(traced))
    assert httpx.get(url).status_code == 200


def test_an_order_is_one_trace_from_the_client_to_the_activities(traced: Stack, tmp_path: Path) -> None:
    """Through the server, a saga in Go and a child workflow in Python, with what failed."""
    toolchain.demand("go", "uv", "just")
    assert traced.cli.answer("new-service", "orders", "--lang", "both")["applied"]
    variables = {
        ENDPOINT: traced.cli.answer("env")[ENDPOINT],
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"),
    }
    service = Service(traced, "orders", "both", variables)
    service.prepare()
    with running(service):
        assert service.just("start", "--id", "fails", "--address", "nowhere").returncode != 0

        def whole() -> dict[str, dict[str, str]]:
            spans = spans_of(traced, "order-fails", "orders-go")
            assert {
                "orders-go startworkflow:ordersaga",
                f"io.temporal.frontend {STARTED}",
                "io.temporal.history persistence.executionstore/createworkflowexecution",
                "orders-go runworkflow:ordersaga",
                "orders-go runactivity:processpayment",
                "orders-python runworkflow:fulfillorder",
                "orders-python runactivity:shiporder",
                "orders-go runactivity:refundpayment",
            } <= set(spans)
            return spans

        spans = eventually(whole, within_s=30)
    failed = {name for name, tags in spans.items() if "error" in tags}
    assert failed == {"orders-go runworkflow:ordersaga", "orders-python runactivity:shiporder"}


def test_switched_off_nothing_is_sent(traced: Stack) -> None:
    """A server that sends spans where nobody takes them logs an error every few seconds."""
    (traced.project / "devenv.toml").write_text("[addons]\nobservability = true\n")
    traced.up()
    assert SERVICES.isdisjoint(traced.services())
    assert ENDPOINT not in traced.cli.answer("env")
    assert "OTEL_TRACES_EXPORTER" not in str(traced.services()["temporal"]["Config"]["Env"])
