"""Shows what is logged, and sends it to where `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` says, by OTLP over HTTP."""

import json
import logging
import queue
import sys
import threading
import traceback
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from .settings import Settings

MOST_WAITING = 10_000
MOST_AT_ONCE = 500
TIMEOUT_S = 5
NANOSECONDS = 1_000_000_000
# What the SDK says of the workflow or activity that logs, by the names that Go's SDK has for it.
FIELDS = {
    "namespace": "Namespace",
    "task_queue": "TaskQueue",
    "workflow_id": "WorkflowID",
    "run_id": "RunID",
    "workflow_run_id": "RunID",
    "workflow_type": "WorkflowType",
    "activity_type": "ActivityType",
    "attempt": "Attempt",
}


def show_logs(settings: Settings) -> None:
    """Show what is logged from now on, for people or as lines of JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if settings.log_format == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())


class JsonFormatter(logging.Formatter):
    """A line of JSON for each record, as Go's `slog` and Temporal's server write them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname, "msg": record.getMessage(), **fields_of(record)}
        return json.dumps(line, ensure_ascii=False)


@contextmanager
def sent_logs(settings: Settings) -> Iterator[None]:
    """Send what is logged meanwhile, if there is a place for it."""
    if not settings.logs_endpoint:
        yield
        return
    handler = OtlpHandler(settings.logs_endpoint, settings.task_queue)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


class OtlpHandler(logging.Handler):
    """Sends records in the background; when too many are waiting, further ones are dropped."""

    def __init__(self, endpoint: str, service: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._resource = Resource(attributes=[_attribute("service.name", service)])
        self._waiting: queue.Queue[LogRecord | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._send_all, name="logs", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record sent."""
        # Nothing waits for a place that takes no logs.
        with suppress(queue.Full):
            self._waiting.put_nowait(to_otlp(record))

    def close(self) -> None:
        """Send what is waiting, unless nobody takes it."""
        self._waiting.put(None)
        self._thread.join(TIMEOUT_S)
        super().close()

    def _send_all(self) -> None:
        is_open = True
        while is_open:
            records = [self._waiting.get()]
            while len(records) < MOST_AT_ONCE and not self._waiting.empty():
                records.append(self._waiting.get())
            is_open = None not in records
            self._send([record for record in records if record is not None])

    def _send(self, records: list[LogRecord]) -> None:
        scope = ScopeLogs(log_records=records)
        body = ExportLogsServiceRequest(
            resource_logs=[ResourceLogs(resource=self._resource, scope_logs=[scope])]
        )
        headers = {"Content-Type": "application/x-protobuf"}
        request = urllib.request.Request(self._endpoint, body.SerializeToString(), headers)
        try:
            urllib.request.urlopen(request, timeout=TIMEOUT_S).close()
        except OSError as error:
            # Not by `logging`: it would come back here.
            lost = f"{len(records)} log records could not be sent to {self._endpoint}"
            print(f"{lost}: {error}", file=sys.stderr)


def to_otlp(record: logging.LogRecord) -> LogRecord:
    """Return a record in OTLP's form, with the workflow that it is about."""
    return LogRecord(
        time_unix_nano=int(record.created * NANOSECONDS),
        # DEBUG is 5 there, INFO 9, and so on.
        severity_number=SeverityNumber.ValueType(record.levelno // 10 * 4 + 1),
        severity_text=record.levelname,
        body=AnyValue(string_value=record.getMessage()),
        attributes=[_attribute(name, value) for name, value in fields_of(record).items()],
    )


def fields_of(record: logging.LogRecord) -> dict[str, str]:
    """Return who logs, about which workflow, and the traceback if there is one."""
    about = getattr(record, "temporal_workflow", None) or getattr(record, "temporal_activity", None) or {}
    fields = {FIELDS[name]: str(value) for name, value in about.items() if name in FIELDS}
    fields["logger"] = record.name
    if record.exc_info:
        fields["exception"] = "".join(traceback.format_exception(*record.exc_info))
    return fields


def _attribute(name: str, value: str) -> KeyValue:
    return KeyValue(key=name, value=AnyValue(string_value=value))
