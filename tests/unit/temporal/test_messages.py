"""Between the server's messages and values: what is sent comes back as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import ArchivalState
from temporalio.api.namespace.v1 import NamespaceConfig, NamespaceInfo
from temporalio.api.nexus.v1 import Endpoint
from temporalio.api.schedule.v1 import Range, ScheduleSpec, StructuredCalendarSpec
from temporalio.api.schedule.v1 import Schedule as ScheduleMessage
from temporalio.api.workflowservice.v1 import DescribeNamespaceResponse

from devenv.temporal.messages import (
    to_config,
    to_endpoint,
    to_endpoint_spec,
    to_json_text,
    to_namespace,
    to_payload,
    type_name,
)
from devenv.temporal.protocol import Namespace, NexusEndpoint
from devenv.temporal.schedule_messages import to_message, to_schedule
from devenv.temporal.schedules import Calendar, Interval, Schedule

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
    timezone="Europe/Paris",
    input=('{"a": [1, null]}', "null", '"ü"'),
    overlap="buffer_one",
    catchup_window=timedelta(minutes=1),
    paused=True,
    note="n",
)


def test_a_schedule_comes_back_as_it_was_sent() -> None:
    """Every field, and nothing further."""
    assert to_schedule("orders", "s", to_message(FULL)) == FULL


def test_what_has_no_field_is_further() -> None:
    """In the server's own terms."""
    message = to_message(FULL)
    message.spec.jitter.FromTimedelta(timedelta(seconds=5))
    message.action.start_workflow.workflow_run_timeout.FromTimedelta(timedelta(hours=1))
    message.policies.pause_on_failure = True
    assert to_schedule("orders", "s", message).further == {
        "spec": {"jitter": "5s"},
        "action": {"start_workflow": {"workflow_run_timeout": "3600s"}},
        "policies": {"pause_on_failure": True},
    }


def test_what_means_nothing_is_not_further() -> None:
    """Temporal's own CLI sends zeros, and the server's default."""
    message = to_message(FULL)
    message.spec.jitter.CopyFrom(Duration())
    message.action.start_workflow.workflow_task_timeout.FromTimedelta(timedelta(seconds=10))
    assert to_schedule("orders", "s", message).further == {}


def test_ranges_of_the_server_are_read_with_their_defaults() -> None:
    """An end or a step that is not said."""
    calendar = StructuredCalendarSpec(hour=[Range(start=5), Range(start=8, end=12, step=2)])
    message = ScheduleMessage(spec=ScheduleSpec(structured_calendar=[calendar]))
    [read] = to_schedule("orders", "s", message).calendars
    assert read.hour == {5, 8, 10, 12}


def test_a_schedule_without_a_time_zone_is_in_utc() -> None:
    """As the server takes it."""
    assert to_schedule("orders", "s", ScheduleMessage()).timezone == "UTC"


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
