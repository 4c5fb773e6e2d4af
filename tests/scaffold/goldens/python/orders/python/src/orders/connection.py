"""The way to the Temporal server."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.envconfig import ClientConfig
from temporalio.runtime import OpenTelemetryConfig, PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RetryConfig

from .settings import Settings

HANDOVER_S = 0.1
METRICS_PERIOD = timedelta(seconds=5)
DEFAULT_ADDRESS = "localhost:7233"
# While a member of the server's cluster is replaced, calls fail for seconds. The SDK gives up after 10 s, and
# a call that waits for a result may have waited for as long already.
RETRIES = RetryConfig(max_elapsed_time_millis=60_000, max_retries=100)


async def connect(runtime: Runtime | None = None) -> Client:
    """Connect as `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_TLS_*` and `TEMPORAL_API_KEY` say."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return await Client.connect(**config, interceptors=interceptors(), runtime=runtime, retry_config=RETRIES)


@asynccontextmanager
async def connected(runtime: Runtime | None = None) -> AsyncIterator[Client]:
    """Yield a client to a program that ends soon after."""
    try:
        yield await connect(runtime)
    finally:
        # The SDK's threads may still be handing over an answer, and an interpreter that ends under them
        # aborts: https://github.com/temporalio/sdk-python/issues/300
        await asyncio.sleep(HANDOVER_S)


def interceptors() -> list[Interceptor]:
    """Send spans, by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says, if it says so.

    The server is told of the trace that a workflow begins in, for its own spans to be part of it.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        return []
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from temporalio.contrib.opentelemetry import TracingInterceptor

    who = Resource.create({"service.name": os.environ.get("TEMPORAL_TASK_QUEUE") or __package__})
    # It sends the last spans when the interpreter ends.
    provider = TracerProvider(resource=who)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    # The second is called within the span that the first begins.
    return [TracingInterceptor(provider.get_tracer(__name__)), TellTrace()]


class TellTrace(Interceptor):
    """Sends the current span along with a request to start a workflow, as W3C Trace Context."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Return what sends it."""
        return _TellTrace(next)


class _TellTrace(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        headers: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(headers)
        input.rpc_metadata = {**input.rpc_metadata, **headers}
        return await super().start_workflow(input)


def measured(settings: Settings) -> Runtime:
    """Return a runtime whose metrics can be seen.

    It is for the worker alone: a starter beside it could not listen on the same address.
    """
    metrics: PrometheusConfig | OpenTelemetryConfig
    if settings.metrics_address:
        metrics = PrometheusConfig(bind_address=settings.metrics_address)
    elif settings.metrics_endpoint:
        metrics = OpenTelemetryConfig(
            url=settings.metrics_endpoint,
            http=True,
            durations_as_seconds=True,
            metric_periodicity=METRICS_PERIOD,
        )
    else:
        return Runtime.default()
    who = {"service": settings.task_queue, "instance": f"{socket.gethostname()}:{os.getpid()}"}
    return Runtime(telemetry=TelemetryConfig(metrics=metrics, global_tags=who))
