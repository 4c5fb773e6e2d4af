"""Questions that a server answers in more than one way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from temporalio.api.enums.v1 import IndexedValueType, NamespaceState
from temporalio.api.namespace.v1 import NamespaceInfo
from temporalio.api.operatorservice.v1 import ListSearchAttributesResponse
from temporalio.api.schedule.v1 import ScheduleListEntry
from temporalio.api.taskqueue.v1 import RateLimit, RateLimitConfig, TaskQueueConfig
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceResponse,
    DescribeScheduleResponse,
    DescribeTaskQueueResponse,
    GetClusterInfoResponse,
    ListNamespacesResponse,
    ListSchedulesResponse,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import ServerUnreachableError
from devenv.temporal.connection import Connection, to
from devenv.temporal.gateway import ServerGateway
from devenv.temporal.protocol import Action, Cluster, Namespace, TaskQueue, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from temporalio.service import ServiceClient


@dataclass
class Answers:
    """A `ServiceClient` whose every request gets the next of the answers to it; an exception is raised."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)

    @property
    def workflow_service(self) -> Answers:
        return self

    @property
    def operator_service(self) -> Answers:
        return self

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def answer(request: Any, **options: object) -> Any:
            self.requests.append(request)
            await asyncio.sleep(0)
            given = self.answers[name].pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        return answer


class AnsweredGateway(ServerGateway):
    """The gateway, with a client that needs no server."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(Connection(to("127.0.0.1:1")))
        self._connection._client = cast("ServiceClient", answers)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def gateway(answers: Answers) -> Iterator[ServerGateway]:
    with AnsweredGateway(answers) as gateway:
        yield gateway


def no(status: RPCStatusCode) -> RPCError:
    return RPCError("no", status, b"")


@pytest.mark.parametrize(
    ("stores", "shared"), [("elasticsearch", True), ("postgres12,elasticsearch", True), ("sqlite", False)]
)
def test_where_attributes_live_follows_from_the_store(
    gateway: ServerGateway, answers: Answers, stores: str, *, shared: bool
) -> None:
    """OpenSearch goes by the name of its ancestor."""
    answers.answers["get_cluster_info"] = [
        GetClusterInfoResponse(server_version="1.2.3", visibility_store=stores, history_shard_count=512)
    ]
    assert gateway.cluster() == Cluster("1.2.3", shared, 512)


def test_every_page_of_namespaces_is_read_but_for_what_nobody_can_use(
    gateway: ServerGateway, answers: Answers
) -> None:
    """The server's own, and those that are being deleted."""

    def described(name: str, state: NamespaceState.ValueType) -> DescribeNamespaceResponse:
        return DescribeNamespaceResponse(namespace_info=NamespaceInfo(name=name, state=state))

    registered = NamespaceState.NAMESPACE_STATE_REGISTERED
    gone = described("old-deleted-1a2b3", NamespaceState.NAMESPACE_STATE_DELETED)
    answers.answers["list_namespaces"] = [
        ListNamespacesResponse(namespaces=[described("a", registered), gone], next_page_token=b"2"),
        ListNamespacesResponse(
            namespaces=[described("b", registered), described("temporal-system", registered)]
        ),
    ]
    assert list(gateway.namespaces()) == ["a", "b"]


def test_attributes_have_their_namespace(gateway: ServerGateway, answers: Answers) -> None:
    """One question for each."""
    value = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST
    answers.answers["list_search_attributes"] = [
        ListSearchAttributesResponse(custom_attributes={"A": value}),
        ListSearchAttributesResponse(),
    ]
    assert gateway.search_attributes(["a", "b"]) == {"a": {"A": "KeywordList"}, "b": {}}


def test_a_query_that_is_refused_tells_why(gateway: ServerGateway, answers: Answers) -> None:
    """One that is answered is all that is wanted."""
    answers.answers["count_workflow_executions"] = [None, no(RPCStatusCode.INVALID_ARGUMENT)]
    assert gateway.unusable_attributes({"a": ["A", "B"], "b": ["A"]}) == [
        "namespace b: search attributes cannot be queried yet (no)"
    ]
    assert answers.requests[0].query == "`A` IS NOT NULL AND `B` IS NOT NULL"


def test_schedules_that_are_not_there_are_left_out(gateway: ServerGateway, answers: Answers) -> None:
    """As what is to be created."""
    answers.answers["describe_schedule"] = [no(RPCStatusCode.NOT_FOUND), DescribeScheduleResponse()]
    assert list(gateway.describe_schedules([("a", "s"), ("a", "t")])) == [("a", "t")]


def test_a_schedule_that_nobody_answers_for_yet_may_be_asked_again(
    gateway: ServerGateway, answers: Answers
) -> None:
    """Right after the server's start its own worker is missing."""
    answers.answers["describe_schedule"] = [no(RPCStatusCode.FAILED_PRECONDITION)]
    with pytest.raises(ServerUnreachableError):
        gateway.describe_schedules([("a", "s")])


def test_every_page_of_schedules_is_read(gateway: ServerGateway, answers: Answers) -> None:
    """With the namespace that each is in."""
    answers.answers["list_schedules"] = [
        ListSchedulesResponse(schedules=[ScheduleListEntry(schedule_id="s")], next_page_token=b"2"),
        ListSchedulesResponse(schedules=[ScheduleListEntry(schedule_id="t")]),
    ]
    assert gateway.schedule_ids(["a"]) == [("a", "s"), ("a", "t")]


def test_a_queue_without_a_limit_is_left_out(gateway: ServerGateway, answers: Answers) -> None:
    """One whose limit was unset keeps a note of who did it; a limit of 0 is one."""
    zero, unset = RateLimitConfig(rate_limit=RateLimit()), RateLimitConfig()
    answers.answers["describe_task_queue"] = [
        DescribeTaskQueueResponse(config=TaskQueueConfig(queue_rate_limit=zero)),
        DescribeTaskQueueResponse(config=TaskQueueConfig(queue_rate_limit=unset)),
        DescribeTaskQueueResponse(),
        no(RPCStatusCode.NOT_FOUND),
    ]
    queues = [("a", name) for name in "qrst"]
    assert gateway.task_queues(queues) == {("a", "q"): TaskQueue("a", "q", 0)}
    assert {(each.task_queue_type, each.report_config) for each in answers.requests} == {(2, True)}


def test_each_write_has_its_answer_and_success_is_told_at_once(
    gateway: ServerGateway, answers: Answers
) -> None:
    """One refusal keeps none of the others."""
    answers.answers["register_namespace"] = [None, no(RPCStatusCode.RESOURCE_EXHAUSTED), None]
    writes = [Write(Action.CREATE, Namespace(name)) for name in "abc"]
    done: list[Write] = []
    first, second, third = gateway.perform(writes, done.append)
    assert (first, third) == (None, None)
    assert second is not None
    assert (second.may_pass, second.error.message) == (True, "Namespace b could not be created")
    assert done == [writes[0], writes[2]]


def test_a_schedule_that_the_server_cannot_describe_is_there_all_the_same(
    gateway: ServerGateway, answers: Answers
) -> None:
    """The rest of the answer is of use without it."""
    stuck = "Unable to query workflow due to Workflow Task in failed state."
    answers.answers["describe_schedule"] = [
        no(RPCStatusCode.INTERNAL),
        RPCError(stuck, RPCStatusCode.FAILED_PRECONDITION, b""),
        DescribeScheduleResponse(),
    ]
    found = gateway.describe_schedules([("a", "s"), ("a", "t"), ("a", "u")]).values()
    assert [each.unreadable for each in found] == ["no", stuck, ""]
