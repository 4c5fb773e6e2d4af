"""Between the server's messages and values: what is sent comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Memo, Payload, SearchAttributes
from temporalio.api.enums.v1 import ArchivalState
from temporalio.api.namespace.v1 import NamespaceConfig, NamespaceInfo
from temporalio.api.nexus.v1 import Endpoint
from temporalio.api.schedule.v1 import Range, ScheduleSpec, StructuredCalendarSpec
from temporalio.api.schedule.v1 import Schedule as ScheduleMessage
from temporalio.api.workflowservice.v1 import DescribeNamespaceResponse, DescribeScheduleResponse

from devenv.temporal.messages import (
    to_config,
    to_endpoint,
    to_endpoint_spec,
    to_json_text,
    to_namespace,
    to_payload,
    to_payloads,
    type_name,
)
from devenv.temporal.protocol import Namespace, NexusEndpoint
from devenv.temporal.schedule_messages import to_described_schedule, to_message, to_update
from devenv.temporal.schedules import Calendar, Interval, RetryPolicy, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping


def seen(
    message: ScheduleMessage,
    memo: Mapping[str, str] | None = None,
    search_attributes: Mapping[str, str] | None = None,
) -> Schedule:
    """Return what a gateway makes of a description."""
    response = DescribeScheduleResponse(
        schedule=message,
        memo=Memo(fields=to_payloads(memo or {})),
        search_attributes=SearchAttributes(indexed_fields=to_payloads(search_attributes or {})),
    )
    return to_described_schedule("orders", "s", response)


ZERO, ONE, TWO = (frozenset({value}) for value in range(3))
NIGHT = Calendar(ZERO, ZERO, TWO, ONE, ONE, ZERO, comment="c")
FULL = Schedule(
    "orders",
    "s",
    "W",
    "w",
    "q",
    calendars=frozenset({NIGHT}),
    intervals=frozenset({Interval(timedelta(hours=1), timedelta(minutes=5))}),
    exclude=frozenset({replace(NIGHT, hour=ONE)}),
    timezone="Europe/Paris",
    jitter=timedelta(seconds=5),
    start_time=datetime(2027, 1, 1, tzinfo=UTC),
    end_time=datetime(2028, 1, 1, 12, 30, 0, 250_000, tzinfo=UTC),
    memo={"m": '["x"]'},
    search_attributes={"A b": "1.5"},
    execution_timeout=timedelta(hours=3),
    run_timeout=timedelta(hours=2),
    task_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(
        timedelta(seconds=2), 1.5, timedelta(minutes=1), 3, non_retryable_error_types=("Bad", "Worse")
    ),
    static_summary="sum",
    static_details="det\nails",
    pause_on_failure=True,
    keep_original_workflow_id=True,
    remaining_actions=0,
    schedule_memo={"owner": '"team"'},
    schedule_search_attributes={"A b": "2"},
    input=('{"a": [1, null]}', "null", '"ü"'),
    overlap="buffer_one",
    catchup_window=timedelta(minutes=1),
    paused=True,
    note="n",
)


def test_a_schedule_comes_back_as_it_was_sent() -> None:
    """Every field, and nothing further."""
    assert seen(to_message(FULL), FULL.schedule_memo, FULL.schedule_search_attributes) == FULL


def test_a_schedule_without_anything_comes_back_without_anything() -> None:
    """Defaults are not sent as if they were meant."""
    plain = Schedule("orders", "s", "W", "w", "q", intervals=FULL.intervals)
    message = to_message(plain)
    assert seen(message) == plain
    start = message.action.start_workflow
    assert not any(start.HasField(name) for name in ("retry_policy", "memo", "user_metadata"))
    assert not message.spec.HasField("jitter")


def test_what_a_retry_policy_does_not_say_is_what_the_server_takes() -> None:
    """A maximum that is not set is a hundred times the first interval."""
    message = to_message(Schedule("orders", "s", "W", "w", "q"))
    message.action.start_workflow.retry_policy.initial_interval.FromTimedelta(timedelta(seconds=3))
    assert seen(message).retry_policy == RetryPolicy(timedelta(seconds=3), 2.0, timedelta(minutes=5))


def test_an_update_keeps_what_nobody_declares() -> None:
    """A note by hand, and how far the server has counted down."""
    known = to_message(replace(FULL, note="by hand", remaining_actions=2))
    update = to_update(replace(FULL, note="", remaining_actions=9), known)
    assert (update.state.notes, update.state.remaining_actions) == ("by hand", 2)
    fewer = to_update(replace(FULL, note="ours", remaining_actions=1), known)
    assert (fewer.state.notes, fewer.state.remaining_actions) == ("ours", 1)
    unlimited = to_update(replace(FULL, remaining_actions=None), known)
    assert (unlimited.state.limited_actions, unlimited.state.remaining_actions) == (False, 0)


def test_what_has_no_field_is_further() -> None:
    """In the server's own terms."""
    message = to_message(FULL)
    message.spec.timezone_data = b"x"
    message.action.start_workflow.priority.priority_key = 2
    assert seen(message).further == {
        "spec": {"timezone_data": "eA=="},
        "action": {"start_workflow": {"priority": {"priority_key": 2}}},
    }


def test_what_means_nothing_is_not_further() -> None:
    """Temporal's own CLI sends zeros, and the server's default."""
    message = to_message(FULL)
    message.spec.jitter.CopyFrom(Duration())
    message.action.start_workflow.workflow_task_timeout.FromTimedelta(timedelta(seconds=10))
    assert seen(message).further == {}
    assert seen(message).task_timeout == timedelta(0)


def test_ranges_of_the_server_are_read_with_their_defaults() -> None:
    """An end or a step that is not said."""
    calendar = StructuredCalendarSpec(hour=[Range(start=5), Range(start=8, end=12, step=2)])
    message = ScheduleMessage(spec=ScheduleSpec(structured_calendar=[calendar]))
    [read] = seen(message).calendars
    assert read.hour == {5, 8, 10, 12}


def test_a_schedule_without_a_time_zone_is_in_utc() -> None:
    """As the server takes it."""
    assert seen(ScheduleMessage()).timezone == "UTC"


@pytest.mark.parametrize(
    "endpoint",
    [
        NexusEndpoint("pay", "orders", "q", description="Größe"),
        NexusEndpoint("pay", "orders", "q"),
        NexusEndpoint("pay", url="http://x/"),
    ],
)
def test_an_endpoint_comes_back_as_it_was_sent(endpoint: NexusEndpoint) -> None:
    """With workers or outside."""
    assert to_endpoint(Endpoint(spec=to_endpoint_spec(endpoint))) == endpoint


def test_a_namespace_is_read_with_its_archival() -> None:
    """And sent with it."""
    namespace = Namespace(
        "orders", timedelta(days=3), "D", "o@x", {"k": "v"}, "enabled", "s3://a", "disabled", ""
    )
    response = DescribeNamespaceResponse(
        namespace_info=NamespaceInfo(name="orders", description="D", owner_email="o@x", data={"k": "v"}),
        config=to_config(namespace),
    )
    assert to_namespace(response) == namespace


def test_an_archival_state_that_is_not_declared_is_left() -> None:
    """The server takes it so."""
    config: NamespaceConfig = to_config(Namespace("orders"))
    assert config.history_archival_state == ArchivalState.ARCHIVAL_STATE_UNSPECIFIED


@pytest.mark.parametrize("text", ["null", "1", "2.5", "true", '"x"', '{"a": 1, "b": [null]}'])
def test_a_value_comes_back_as_it_was_sent(text: str) -> None:
    """As JSON text."""
    assert to_json_text(to_payload(text)) == text


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (Payload(metadata={"encoding": b"json/plain"}, data=b'{"b":1,"a":2}'), '{"a": 2, "b": 1}'),
        (Payload(metadata={"encoding": b"json/plain"}, data=b"{"), "<1 bytes of json/plain>"),
        (Payload(metadata={"encoding": b"binary/encrypted"}, data=b"xyz"), "<3 bytes of binary/encrypted>"),
        (Payload(data=b"xyz"), "<3 bytes of unknown encoding>"),
    ],
)
def test_what_others_sent_is_read_as_far_as_it_can_be(payload: Payload, text: str) -> None:
    """What is no JSON equals nothing that can be declared."""
    assert to_json_text(payload) == text


def test_types_have_the_names_that_people_write() -> None:
    """As in seeds."""
    assert [type_name(value) for value in (1, 2, 7)] == ["Text", "Keyword", "KeywordList"]  # type: ignore[arg-type]
