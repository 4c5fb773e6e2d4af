"""The way to the Temporal server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from .settings import Settings

HANDOVER_S = 0.1
DEFAULT_ADDRESS = "localhost:7233"


async def connect(settings: Settings) -> Client:
    """Connect as `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_TLS_*` and `TEMPORAL_API_KEY` say."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return await Client.connect(
        **config, interceptors=_interceptors(), runtime=_runtime(settings.metrics_address)
    )


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """Yield a client to a program that ends soon after."""
    try:
        yield await connect(settings)
    finally:
        # The SDK's threads may still be handing over an answer, and an interpreter that ends under them
        # aborts: https://github.com/temporalio/sdk-python/issues/300
        await asyncio.sleep(HANDOVER_S)


def _interceptors() -> list[Interceptor]:
    """Trace when OpenTelemetry is told where to: `OTEL_TRACES_EXPORTER`, and the extra `tracing`."""
    if not os.environ.get("OTEL_TRACES_EXPORTER") or find_spec("opentelemetry") is None:
        return []
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return [TracingInterceptor()]


def _runtime(metrics_address: str) -> Runtime:
    if not metrics_address:
        return Runtime.default()
    metrics = PrometheusConfig(bind_address=metrics_address)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))
