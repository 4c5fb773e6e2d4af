"""What the environment says, beside the variables that Temporal's own environment configuration reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """How this process runs."""

    task_queue: str
    store_path: Path = Path("store.sqlite3")
    """Where the stand-ins of the outside world keep what they have done."""
    metrics_address: str = ""
    """Where Prometheus finds metrics, as `0.0.0.0:9090`; nowhere if empty."""
    metrics_endpoint: str = ""
    """Where metrics are sent by OTLP over HTTP instead; nowhere if empty."""
    logs_endpoint: str = ""
    """Where log records are sent by OTLP over HTTP; nowhere if empty."""
    log_format: str = "text"
    """How the log is shown: `text`, or `json` for programs."""
    health_address: str = ""
    """Where `GET /` tells whether the worker works, as `0.0.0.0:8080`; nowhere if empty."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables; one that is empty counts as unset.

        Raises:
            SystemExit: There is no task queue to work on.
        """
        task_queue = environment.get("TEMPORAL_TASK_QUEUE")
        if not task_queue:
            raise SystemExit("error: TEMPORAL_TASK_QUEUE is not set")

        def value(name: str, default: str) -> str:
            return environment.get(name) or default

        return cls(
            task_queue=task_queue,
            store_path=Path(value("STORE_PATH", str(cls.store_path))),
            metrics_address=value("METRICS_ADDRESS", ""),
            metrics_endpoint=value("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", ""),
            logs_endpoint=value("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", ""),
            log_format=value("LOG_FORMAT", cls.log_format),
            health_address=value("HEALTH_ADDRESS", ""),
        )
