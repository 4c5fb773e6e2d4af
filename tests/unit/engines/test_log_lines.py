"""What lines of logs say.

Those of the server, Postgres, OpenSearch, the embedded server and the SDK of Python were written by them, and
are shortened; those of the SDK of Go and of VictoriaMetrics follow their formats.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devenv.engines.log_lines import (
    FieldMatcher,
    Head,
    Level,
    line_time,
    namespace_matcher,
    read_head,
    workflow_matcher,
)

TASK_FAILED = (
    '{"level":"warn","ts":"2026-11-28T13:02:34.994Z","msg":"workflow task failed","shard-id":3,'
    '"wf-namespace-id":"34524360-3a51-4888-b52a-4e0eb5fd2179","wf-id":"bug 1","failure-source":""}'
)
BLOB_SIZE = (
    '{"level":"warn","ts":"2026-11-28T13:01:48.751Z","msg":"Blob data size exceeds the warning limit.",'
    '"wf-namespace":"34524360-3a51-4888-b52a-4e0eb5fd2179","wf-id":"fat-warned"}'
)
TASK_QUEUE = '{"level":"info","ts":"2026-11-28T13:02:34.838Z","msg":"loaded","wf-namespace":"orders"}'
EMBEDDED = (
    'time=2026-11-28T13:02:43.513 level=WARN msg="workflow task failed" shard-id=1 '
    'wf-namespace-id=01a2223e-fa25 wf-id="bug 1" failure-message="a bug in the code" failure-source=""'
)
PYTHON = (
    "2026-11-28 12:59:20,908 WARNING temporalio.activity Completing activity as failed ({'activity_id': '1', "
    "'namespace': 'orders', 'workflow_id': 'fulfill-order-nowhere', 'workflow_type': 'FulfillOrder'})"
)
PYTHON_TASK = (
    "2026-11-28 12:59:20,908 ERROR x Failed activation on workflow Bug with ID bug 1 and run ID 01a2"
)
GO = (
    '{"time":"2026-11-28T12:59:20.9Z","level":"ERROR","msg":"Activity error.","Namespace":"orders",'
    '"WorkflowID":"order-7","RunID":"01a2"}'
)
GO_TEXT = (
    "2026/11/28 12:59:20 ERROR Activity error. Namespace orders TaskQueue q WorkflowID order-7 RunID 01a2"
)
RUST = "\x1b[2m2026-11-28T13:02:34.992674Z\x1b[0m \x1b[33m WARN\x1b[0m \x1b[2mtemporalio\x1b[0m: x"
POSTGRES = '2026-11-28 13:00:47.205 UTC [236] ERROR:  column "nonsense" does not exist at character 8'
OPENSEARCH = (
    "[2026-11-28T12:56:38,475][WARN ][o.o.b.BootstrapChecks    ] [5d73] JVM is using the serial collector"
)
REQUEST = '{"time":"2026-11-28T12:56:51Z","method":"GET","uri":"/x","status":%s,"error":""}'


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (TASK_FAILED, Level.WARN),
        ('{"level":"dpanic","msg":"x"}', Level.FATAL),
        ('{"severity":"ERROR","message":"x"}', Level.ERROR),
        ('{"msg":"x"}', None),
        (EMBEDDED, Level.WARN),
        ("ts=2026-11-28T13:02:43Z caller=main.go:1 level=error err=x", Level.ERROR),
        ('time=2026-11-28T13:02:43Z msg="no level"', None),
        (PYTHON, Level.WARN),
        (GO, Level.ERROR),
        (GO_TEXT, Level.ERROR),
        (RUST, Level.WARN),
        (POSTGRES, Level.ERROR),
        ("2026-11-28 13:00:57.300 UTC [251] LOG:  noted", Level.INFO),
        ('2026-11-28 13:01:00.936 UTC [258] FATAL:  role "nobody" does not exist', Level.FATAL),
        ("2026-11-28 13:00:57.300 UTC [251] DEBUG5:  x", Level.DEBUG),
        (OPENSEARCH, Level.WARN),
        ("[2026-11-28T12:56:31,142][DEPRECATION][o.o.d.n.Node ] [5d] no-jdk is deprecated", Level.WARN),
        ("2026-11-28T13:00:00.123Z\tinfo\tVictoriaMetrics/app/main.go:1\tstarted", Level.INFO),
        ("WARNING: A terminally deprecated method in java.lang.System has been called", Level.WARN),
        ("panic: runtime error: index out of range", Level.FATAL),
        ("Traceback (most recent call last):", Level.ERROR),
        ("2026/11/28 12:56:44 Processing config file as template; filename=temporal.yaml", None),
        ("The files belonging to this database system will be owned by user postgres.", None),
        ("", None),
        (REQUEST % 200, Level.INFO),
        (REQUEST % 404, Level.WARN),
        (REQUEST % 503, Level.ERROR),
    ],
)
def test_the_level_of_a_line(text: str, level: Level | None) -> None:
    """Whatever the program calls it; None where it says none."""
    head = read_head(text)
    assert head is not None
    assert head.level == level


INFO = Head("2026-11-28 12:59:20,908 INFO x", Level.INFO)
WARNING = Head("2026-11-28 12:59:20,908 WARNING x", Level.WARN)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 13:00:47.205 UTC [236] STATEMENT:  select nonsense",
        "\tselect 2",
        "org.opensearch.index.query.QueryShardException: failed to create query",
        "\tat org.opensearch.script.ScriptService.getEngine(ScriptService.java:406)",
        "Caused by: java.lang.IllegalArgumentException: script_lang not supported",
        "Traceback (most recent call last):",
        "orders.gateways.PaymentDeclined: PaymentDeclined: declined-1 cannot pay 19.99",
        "",
    ],
)
def test_a_line_that_explains_another_belongs_to_it(text: str) -> None:
    """As a statement of Postgres does, and a trace."""
    assert read_head(text, WARNING) is None


@pytest.mark.parametrize("text", ["Traceback (most recent call last):", "panic: no", TASK_FAILED, POSTGRES])
def test_the_end_of_a_program_is_an_entry_of_its_own(text: str) -> None:
    """It has nothing to do with the news before it."""
    assert read_head(text, INFO) is not None


def test_lines_that_look_like_nothing_are_entries_of_their_own() -> None:
    """Else a log without times and levels would be one entry."""
    first = read_head("workflow_id=order-7 begins")
    assert first is not None
    assert read_head("workflow_id=order-8 begins", first) is not None


@pytest.mark.parametrize(
    ("text", "workflow"),
    [
        (TASK_FAILED, "bug 1"),
        (EMBEDDED, "bug 1"),
        (PYTHON, "fulfill-order-nowhere"),
        (PYTHON_TASK, "bug 1"),
        (GO, "order-7"),
        (GO_TEXT, "order-7"),
        ('{"msg":"x","temporal_workflow":{"workflow_id":"order-7"}}', "order-7"),
        ("workflowId: order-7", "order-7"),
    ],
)
def test_a_line_is_about_the_workflow_of_its_field(text: str, workflow: str) -> None:
    """However the field is called, and not about one whose ID is a part of it, or written otherwise."""
    head = read_head(text)
    assert head is not None
    assert workflow_matcher(workflow).matches(head)
    for other in (workflow[:-1], workflow.partition(" ")[0] + "x", workflow.upper(), "1", ".*"):
        assert not workflow_matcher(other).matches(head), other


def test_the_word_of_another_field_is_no_workflow() -> None:
    """Nor is the ID of its parent."""
    for text in (
        '{"msg":"order-7","wf-type":"order-7"}',
        "2026/11/28 12:59:20 INFO parent_workflow_id=order-7",
    ):
        head = read_head(text)
        assert head is not None
        assert not workflow_matcher("order-7").matches(head)


@pytest.mark.parametrize("text", [TASK_FAILED, BLOB_SIZE, TASK_QUEUE, GO, GO_TEXT, PYTHON])
def test_a_line_is_about_a_namespace_by_name_or_id(text: str) -> None:
    """The server writes the ID into the field for the name, too."""
    head = read_head(text)
    assert head is not None
    assert namespace_matcher(["orders", "34524360-3a51-4888-b52a-4e0eb5fd2179"]).matches(head)
    assert not namespace_matcher(["payments"]).matches(head)


def test_values_that_are_no_text_match_nothing() -> None:
    """Nor do they fail."""
    head = read_head('{"wf-id": ["order-7"], "workflowId": 7, "a": {"b": {"c": null}}}')
    assert head is not None
    assert not FieldMatcher("wf-id|workflowId", ["7"]).matches(head)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (TASK_FAILED, datetime(2026, 11, 28, 13, 2, 34, 994_000, UTC)),
        (POSTGRES, datetime(2026, 11, 28, 13, 0, 47, 205_000, UTC)),
        (REQUEST % 200, datetime(2026, 11, 28, 12, 56, 51, 0, UTC)),
        (OPENSEARCH, datetime(2026, 11, 28, 12, 56, 38, 475_000).astimezone()),
        (EMBEDDED, datetime(2026, 11, 28, 13, 2, 43, 513_000).astimezone()),
        (GO_TEXT, datetime(2026, 11, 28, 12, 59, 20).astimezone()),
        ("2026-13-28 13:00:00 no such month", None),
        ('{"ts": 1732799999.5}', None),
        ("Temporal UI: http://localhost:8233", None),
        ("", None),
    ],
)
def test_the_time_of_a_line(text: str, time: datetime | None) -> None:
    """The machine's own where it has no zone."""
    assert line_time(text) == time
