"""Requests that change a server: what each asks for, and which refusals count."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from temporalio.api.common.v1 import SearchAttributes as SearchAttributesMessage
from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.nexus.v1 import Endpoint, EndpointSpec
from temporalio.api.operatorservice.v1 import ListNexusEndpointsResponse
from temporalio.api.schedule.v1 import Schedule as ScheduleMessage
from temporalio.api.schedule.v1 import ScheduleState
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeScheduleResponse,
    DescribeWorkflowExecutionResponse,
    GetClusterInfoResponse,
    ListWorkflowExecutionsResponse,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.messages import to_payload, to_payloads
from devenv.temporal.protocol import Action, Namespace, NexusEndpoint, SearchAttributes, TaskQueue, Write
from devenv.temporal.schedules import Schedule
from devenv.temporal.writing import Writer, description_of, may_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import timedelta

    from temporalio.service import ServiceClient

NAMESPACE = Namespace("orders", description="D")
ATTRIBUTES = SearchAttributes("orders", {"A": "KeywordList"})
ENDPOINT = NexusEndpoint("pay", "orders", "q")
SCHEDULE = Schedule("orders", "s", "W", "w", "q")
QUEUE = TaskQueue("orders", "q", 50, 2.5)
WRITES = [
    (Action.CREATE, NAMESPACE, "register_namespace"),
    (Action.UPDATE, NAMESPACE, "update_namespace"),
    (Action.DELETE, NAMESPACE, "delete_namespace"),
    (Action.CREATE, ATTRIBUTES, "add_search_attributes"),
    (Action.DELETE, ATTRIBUTES, "remove_search_attributes"),
    (Action.CREATE, ENDPOINT, "create_nexus_endpoint"),
    (Action.UPDATE, ENDPOINT, "update_nexus_endpoint"),
    (Action.DELETE, ENDPOINT, "delete_nexus_endpoint"),
    (Action.CREATE, SCHEDULE, "create_schedule"),
    (Action.UPDATE, SCHEDULE, "update_schedule"),
    (Action.DELETE, SCHEDULE, "delete_schedule"),
    (Action.UPDATE, QUEUE, "update_task_queue_config"),
]


def _run(run_id: str) -> WorkflowExecutionInfo:
    return WorkflowExecutionInfo(
        execution=WorkflowExecution(workflow_id="s", run_id=run_id),
        type=WorkflowType(name="temporal-sys-scheduler-workflow"),
    )


@dataclass
class FakeService:
    """Takes every request; it has one Nexus endpoint, in its seventh version."""

    refusal: RPCStatusCode | None = None
    reason: str = "no"
    requests: dict[str, Any] = field(default_factory=dict)
    timeouts: list[timedelta | None] = field(default_factory=list)
    endpoints: list[Endpoint] = field(
        default_factory=lambda: [Endpoint(id="id-7", version=7, spec=EndpointSpec(name="pay"))]
    )

    async def describe_schedule(self, request: Any, **options: timedelta) -> DescribeScheduleResponse:
        self.timeouts.append(options.get("timeout"))
        return DescribeScheduleResponse(
            schedule=ScheduleMessage(state=self.state),
            search_attributes=SearchAttributesMessage(indexed_fields=to_payloads(self.attributes)),
        )

    async def list_nexus_endpoints(self, request: Any, **options: timedelta) -> ListNexusEndpointsResponse:
        return ListNexusEndpointsResponse(endpoints=self.endpoints)

    async def get_cluster_info(self, request: Any, **options: timedelta) -> GetClusterInfoResponse:
        return GetClusterInfoResponse(server_version="1.25.0")

    async def list_workflow_executions(
        self, request: Any, **options: timedelta
    ) -> ListWorkflowExecutionsResponse:
        return ListWorkflowExecutionsResponse(executions=[_run("current"), _run("ended")])

    async def describe_workflow_execution(
        self, request: Any, **options: timedelta
    ) -> DescribeWorkflowExecutionResponse:
        return DescribeWorkflowExecutionResponse(workflow_execution_info=_run("current"))

    state: ScheduleState = field(default_factory=ScheduleState)
    attributes: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def take(request: Any, **options: timedelta) -> None:
            self.requests[name] = request
            self.timeouts.append(options.get("timeout"))
            if self.refusal is not None:
                raise RPCError(self.reason, self.refusal, b"")

        return take


@dataclass
class FakeClient:
    """A `ServiceClient` as far as a writer knows it."""

    service: FakeService

    @property
    def workflow_service(self) -> FakeService:
        return self.service

    @property
    def operator_service(self) -> FakeService:
        return self.service


def send(service: FakeService, action: Action, target: Any) -> None:
    writer = Writer(cast("ServiceClient", FakeClient(service)))
    asyncio.run(writer.send(Write(action, target)))


@pytest.mark.parametrize(("action", "target", "request_name"), WRITES)
def test_each_write_is_its_request_with_a_deadline(action: Action, target: Any, request_name: str) -> None:
    """A server that hangs must not hang devenv."""
    service = FakeService()
    send(service, action, target)
    assert list(service.requests) == [request_name]
    assert None not in service.timeouts


@pytest.mark.parametrize(("action", "request_name"), [(write[0], write[2]) for write in WRITES[6:8]])
def test_a_change_of_an_endpoint_carries_its_id_and_version(action: Action, request_name: str) -> None:
    """Else the server refuses it."""
    service = FakeService()
    send(service, action, ENDPOINT)
    request = service.requests[request_name]
    assert (request.id, request.version) == ("id-7", 7)


def test_a_description_that_nobody_declares_outlives_a_change_of_the_endpoint() -> None:
    """The server replaces the whole of it."""
    said = to_payload('"by hand"')
    service = FakeService(endpoints=[Endpoint(spec=EndpointSpec(name="pay", description=said))])
    send(service, Action.UPDATE, ENDPOINT)
    assert service.requests["update_nexus_endpoint"].spec.description == said
    send(service, Action.UPDATE, NexusEndpoint("pay", "orders", "q", description="declared"))
    assert service.requests["update_nexus_endpoint"].spec.description == to_payload('"declared"')


@pytest.mark.parametrize(("before", "after"), [({"A": "1"}, {}), ({}, {"A": "1"}), ({"A": "1"}, {"A": "1"})])
def test_no_run_of_a_schedule_has_an_update_of_search_attributes_in_its_history(
    before: dict[str, str], after: dict[str, str]
) -> None:
    """Under other names of them, as another visibility store has them, its replay would fail."""
    service = FakeService(attributes=before)
    send(service, Action.UPDATE, replace(SCHEDULE, schedule_search_attributes=after))
    assert list(service.requests) == [
        "update_schedule",
        "delete_workflow_execution",
        "signal_workflow_execution",
    ]
    # A run that ended in another store, and that this one still lists as running.
    assert service.requests["delete_workflow_execution"].workflow_execution.run_id == "ended"
    signal = service.requests["signal_workflow_execution"]
    assert signal.workflow_execution.workflow_id == "temporal-sys-scheduler:s"


def test_a_type_that_the_index_remembers_is_refused_for_good() -> None:
    """The server says that it is unavailable, as if another try could help."""
    reason = (
        "elastic: Error 400 (Bad Request): mapper [Region] cannot be changed from type [keyword] to [long]"
    )
    with pytest.raises(RPCError, match="the index keeps Region as keyword") as caught:
        send(FakeService(RPCStatusCode.UNAVAILABLE, reason=reason), Action.CREATE, ATTRIBUTES)
    assert not may_pass(Write(Action.CREATE, ATTRIBUTES), caught.value)


def test_a_name_that_the_index_refuses_is_told_at_once() -> None:
    """With OpenSearch's own reason."""
    reason = (
        "Unable to save search attributes: elastic: Error 400 (Bad Request): "
        "Field [_id] is defined more than once [type=mapper_parsing_exception]."
    )
    expected = r"^the index refuses it: Field \[_id\] is defined more than once$"
    with pytest.raises(RPCError, match=expected) as caught:
        send(FakeService(RPCStatusCode.UNAVAILABLE, reason=reason), Action.CREATE, ATTRIBUTES)
    assert not may_pass(Write(Action.CREATE, ATTRIBUTES), caught.value)


def test_an_endpoint_that_is_gone_cannot_be_updated() -> None:
    """And needs not be deleted."""
    service = FakeService(endpoints=[])
    send(service, Action.DELETE, ENDPOINT)
    with pytest.raises(RPCError, match="there is no Nexus endpoint pay"):
        send(service, Action.UPDATE, ENDPOINT)


@pytest.mark.parametrize(
    ("action", "queue", "limits"),
    [
        (Action.UPDATE, QUEUE, (50, 2.5)),
        (Action.UPDATE, TaskQueue("orders", "q", 0), (0, None)),
        (Action.DELETE, TaskQueue("orders", "q"), (None, None)),
    ],
)
def test_limits_of_a_task_queue_are_set_or_unset(
    action: Action, queue: TaskQueue, limits: tuple[float | None, float | None]
) -> None:
    """An update without a limit unsets it; 0 is a limit."""
    service = FakeService()
    send(service, action, queue)
    request = service.requests["update_task_queue_config"]
    assert (request.namespace, request.task_queue, request.task_queue_type) == ("orders", "q", 2)
    updates = (request.update_queue_rate_limit, request.update_fairness_key_rate_limit_default)
    assert request.HasField("update_queue_rate_limit")
    assert request.HasField("update_fairness_key_rate_limit_default")
    found = tuple(
        each.rate_limit.requests_per_second if each.HasField("rate_limit") else None for each in updates
    )
    assert found == limits


def test_a_call_that_the_server_does_not_have_is_told_with_its_version() -> None:
    """And never tried again."""
    service = FakeService(RPCStatusCode.UNIMPLEMENTED, "unknown method UpdateTaskQueueConfig")
    told = "server 1.25.0 cannot do it: unknown method UpdateTaskQueueConfig"
    with pytest.raises(RPCError, match=told) as caught:
        send(service, Action.UPDATE, QUEUE)
    assert not may_pass(Write(Action.UPDATE, QUEUE), caught.value)


@pytest.mark.parametrize(("action", "target", "_"), WRITES)
def test_what_is_there_or_gone_already_is_done(action: Action, target: Any, _: str) -> None:
    """A retried request, or another devenv, was first."""
    done = {Action.CREATE: RPCStatusCode.ALREADY_EXISTS, Action.DELETE: RPCStatusCode.NOT_FOUND}
    if action in done:
        send(FakeService(done[action]), action, target)
    with pytest.raises(RPCError):
        send(FakeService(RPCStatusCode.INVALID_ARGUMENT), action, target)


@pytest.mark.parametrize(
    ("write", "status", "passing"),
    [
        (Write(Action.CREATE, NAMESPACE), RPCStatusCode.RESOURCE_EXHAUSTED, True),
        (Write(Action.DELETE, NAMESPACE), RPCStatusCode.UNAVAILABLE, True),
        (Write(Action.CREATE, SCHEDULE), RPCStatusCode.NOT_FOUND, True),
        (Write(Action.CREATE, ENDPOINT), RPCStatusCode.FAILED_PRECONDITION, True),
        (Write(Action.UPDATE, NAMESPACE), RPCStatusCode.NOT_FOUND, False),
        (Write(Action.DELETE, NAMESPACE), RPCStatusCode.FAILED_PRECONDITION, False),
        (Write(Action.CREATE, ATTRIBUTES), RPCStatusCode.INVALID_ARGUMENT, False),
        (Write(Action.CREATE, NAMESPACE), RPCStatusCode.PERMISSION_DENIED, False),
    ],
)
def test_some_refusals_may_pass(write: Write, status: RPCStatusCode, *, passing: bool) -> None:
    """A busy server, and a namespace that not every part of it knows yet."""
    assert may_pass(write, RPCError("no", status, b"")) is passing


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (NAMESPACE, "Namespace orders could not be created"),
        (ATTRIBUTES, "Search attributes A could not be created"),
        (ENDPOINT, "Nexus endpoint pay could not be created"),
        (SCHEDULE, "Schedule s of orders could not be created"),
    ],
)
def test_what_could_not_be_done_is_named(target: Any, sentence: str) -> None:
    """In a sentence without the reason."""
    assert description_of(Write(Action.CREATE, target)) == sentence


def test_a_note_that_nobody_declares_outlives_a_change_of_the_schedule() -> None:
    """The server replaces the whole of it; and all search attributes, if any are sent."""
    service = FakeService(state=ScheduleState(notes="by hand"))
    send(service, Action.UPDATE, SCHEDULE)
    request = service.requests["update_schedule"]
    assert request.schedule.state.notes == "by hand"
    assert request.HasField("search_attributes")


def test_a_schedule_is_made_with_its_own_memo_and_search_attributes() -> None:
    """They are no part of what it starts."""
    service = FakeService()
    own = replace(SCHEDULE, schedule_memo={"a": "1"}, schedule_search_attributes={"B": '"x"'})
    send(service, Action.CREATE, own)
    request = service.requests["create_schedule"]
    assert request.memo.fields["a"].data == b"1"
    assert request.search_attributes.indexed_fields["B"].data == b'"x"'
