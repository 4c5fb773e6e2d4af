"""Temporal's lines of JSON, for people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devenv.temporal.server_log import readable, readable_lines

TIME = "2026-11-28T04:49:46.038Z"
STACK = """go.temporal.io/server/common/log.(*zapLogger).Error
\tgo.temporal.io/server@v1.32.2/common/log/zap_logger.go:191
go.temporal.io/server/common/rpc/interceptor.(*RequestErrorHandler).logError
\tgo.temporal.io/server@v1.32.2/common/rpc/interceptor/request_error_handler.go:96
go.temporal.io/server/service/history.(*visibilityQueueTaskExecutor).Execute
\tgo.temporal.io/server@v1.32.2/service/history/visibility_queue_task_executor.go:108
google.golang.org/grpc.getChainUnaryHandler.func1
\tgoogle.golang.org/grpc@v1.83.2/server.go:1256
net/http.HandlerFunc.ServeHTTP
\tnet/http/server.go:2294
"""


def line(level: str, message: str, **fields: Any) -> str:
    return json.dumps(
        {"level": level, "ts": TIME, "msg": message, **fields, "logging-call-at": "go.temporal.io/x.go:1"}
    )


def test_level_message_and_the_fields_that_matter() -> None:
    """In this order; where in the server's own code it was said is nothing to a user."""
    text = line("info", "Created gRPC listener", service="history", address="0.0.0.0:7234")
    assert list(readable(text).lines()) == [
        f"{TIME} INFO  Created gRPC listener  service=history address=0.0.0.0:7234"
    ]


def test_an_error_comes_with_its_reason_first_and_a_short_stack() -> None:
    """The innermost frames, without those of the logger; how many there are besides."""
    text = line("error", "service failures", operation="GetSystemInfo", error="not healthy", stacktrace=STACK)
    assert list(readable(text).lines()) == [
        f'{TIME} ERROR service failures  error="not healthy" operation=GetSystemInfo',
        "    at interceptor.(*RequestErrorHandler).logError (request_error_handler.go:96)",
        "    at history.(*visibilityQueueTaskExecutor).Execute (visibility_queue_task_executor.go:108)",
        "    at grpc.getChainUnaryHandler.func1 (server.go:1256)",
        "    … 1 more",
    ]


def test_a_message_of_several_lines_stays_below_its_first() -> None:
    """So that none of them looks like a line of its own."""
    assert readable_lines([line("warn", "first\nsecond")]) == [f"{TIME} WARN  first", "    second"]


def test_a_traceback_of_python_stays_below_its_message() -> None:
    text = line("ERROR", "failed", logger="shop", exception="Traceback:\n  a\n")
    assert list(readable(text).lines()) == [
        f"{TIME} ERROR failed  logger=shop",
        "    Traceback:",
        "      a",
    ]


def test_the_servers_word_for_no_message_is_none() -> None:
    """What began or ended is in its fields."""
    text = line("info", "none", component="shard-controller", lifecycle="Started", address="127.0.0.1:7234")
    assert readable_lines([text]) == [f"{TIME} INFO  shard-controller Started  address=127.0.0.1:7234"]
    assert readable_lines([line("info", "none")]) == [f"{TIME} INFO  none"]


def test_long_and_structured_values_are_short() -> None:
    """`--raw` has all of it."""
    text = readable(line("info", "x", value={"frontend": {}}, request="a" * 500, gone="", none=None)).text
    assert text.startswith('x  value="{\\"frontend\\": {}}" request=aaa')
    assert text.endswith("a…")
    assert len(text) < 250


def test_other_programs_write_json_too() -> None:
    """As Go's `slog` does; what there is no time for has none."""
    text = '{"time": "2026-01-02T03:04:05Z", "level": "INFO", "msg": "worker started", "queue": "orders-go"}'
    assert readable_lines([text]) == ["2026-01-02T03:04:05Z INFO  worker started  queue=orders-go"]
    assert readable_lines(['{"level": "debug", "message": "x"}']) == ["DEBUG x"]


def test_requests_and_lines_of_the_schema_tools_are_short_too() -> None:
    """The Web UI tells of every request, and the tools where in their code they say something."""
    request = (
        '{"time":"2026-01-02T03:04:05Z","id":"","method":"GET","uri":"/healthz","status":200,"error":""}'
    )
    assert readable_lines([request]) == ["2026-01-02T03:04:05Z GET /healthz: 200"]
    done = '2026-01-02T03:04:05Z\tINFO\tUpdateSchemaTask done\t{"logging-call-at": "go.temporal.io/x.go:103"}'
    assert readable_lines([done]) == ["2026-01-02T03:04:05Z\tINFO\tUpdateSchemaTask done"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026/11/28 04:49:45 Processing config file as template; filename=temporal.yaml",
        "[2026-11-28T04:49:44,297][INFO ][o.o.n.Node               ] [ab2b] JVM home",
        '{"level":"info","msg":"cut o',
        '{"level": "info"}',
        '{"msg": "no level"}',
        '{"level": 3, "msg": "a number"}',
        "{}",
        "[1, 2]",
        '{"level": "info", "msg": ' + "[" * 100_000,
        '{"level": "info", "msg": "x", "n": ' + "9" * 5000 + "}",
    ],
    ids=lambda text: f"{text[:20]} {len(text)}",
)
def test_every_other_line_stays_as_it_is(text: str) -> None:
    """Whatever it looks like; nothing is lost."""
    assert readable_lines([text]) == [text]


def test_what_the_server_tells_devenv_is_no_evidence() -> None:
    """Of the key that names a revision of its dynamic config file, which no user wrote."""
    told = line("warn", "dynamic config warning", error='unregistered key "devenv.revision.1e5"')
    useful = line("warn", "dynamic config warning", error='unregistered key "limit.x"')
    assert readable_lines([told, useful]) == list(readable(useful).lines())
