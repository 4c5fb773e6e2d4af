"""The gateway over gRPC, with the SDK's service client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import NamespaceState, TaskQueueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import ListNexusEndpointsRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue as TaskQueueMessage
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeScheduleRequest,
    DescribeTaskQueueRequest,
    DescribeWorkflowExecutionRequest,
    GetClusterInfoRequest,
    ListNamespacesRequest,
    ListSchedulesRequest,
    ListWorkflowExecutionsRequest,
    UpdateNamespaceRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import ServerUnreachableError
from devenv.temporal.canary import ServerCanaries
from devenv.temporal.connection import RPC_TIMEOUT, each, is_refusal_to_connect, is_unanswered, reason, to
from devenv.temporal.histories import HISTORIES_AT_ONCE, find_run, find_runs, read_history
from devenv.temporal.messages import to_endpoint, to_namespace, type_name
from devenv.temporal.protocol import SYSTEM_NAMESPACE, Cluster, Namespace, NexusEndpoint, Refusal, TaskQueue
from devenv.temporal.relay import GuardedConnection
from devenv.temporal.schedule_messages import (
    TASK_FAILED,
    UNDESCRIBED,
    to_described_schedule,
    unreadable_schedule,
)
from devenv.temporal.schedule_runs import listing_problem
from devenv.temporal.task_queues import queue_activity
from devenv.temporal.writing import Writer, description_of, may_pass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
    from types import TracebackType

    from temporalio.api.taskqueue.v1 import RateLimitConfig

    from devenv.temporal.connection import Connection
    from devenv.temporal.protocol import (
        Canaries,
        Guard,
        History,
        QueueActivity,
        RunsFound,
        TlsFiles,
        WorkflowRun,
        Write,
    )
    from devenv.temporal.schedules import Schedule

# The empty service name is always SERVING (grpc-go's default), so it says nothing.
FRONTEND_HEALTH = "temporal.api.workflowservice.v1.WorkflowService"
# What the server adds to NOT_FOUND where it is not the workflow that is missing.
UNKNOWN_NAMESPACE = "NamespaceNotFoundFailure"
PAGE_SIZE = 500
# The name of the server's store for OpenSearch and Elasticsearch alike.
INDEX_STORE = "elasticsearch"
# Who looks at a stack wants to see it now.
QUEUES_WITHIN_S = 2.0
QUEUES_OF_NAMESPACE = 25


class ServerGateway:
    """A `Gateway` to the frontend that `connection` leads to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def at(
        cls, address: str, guard: Guard, tls: TlsFiles | None = None, api_key: str | None = None
    ) -> ServerGateway:
        """Return a gateway to the frontend at `address` (`host:port`) that `guard` means.

        Raises:
            ServerUnreachableError: A file of `tls` cannot be read.
        """
        return cls(GuardedConnection(to(address, tls, api_key), guard))

    def __enter__(self) -> ServerGateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def frontend_problem(self) -> str | None:
        try:
            return self._connection.run(self._frontend_problem())
        except (RPCError, RuntimeError) as error:
            what = "refuses devenv's token" if is_refusal_to_connect(error) else "does not answer"
            return f"the frontend {what} on {self._connection.address} ({reason(error)})"

    async def _frontend_problem(self) -> str | None:
        client = await self._connection.client()
        serving = await client.check_health(service=FRONTEND_HEALTH, timeout=RPC_TIMEOUT)
        return None if serving else "the frontend says NOT_SERVING"

    def visibility_problem(self, namespace: str) -> str | None:
        try:
            self._connection.run(self._list_one(namespace))
        except RPCError as error:
            return f"workflows cannot be listed yet ({reason(error)})"
        return None

    async def _list_one(self, namespace: str) -> None:
        client = await self._connection.client()
        request = ListWorkflowExecutionsRequest(namespace=namespace, page_size=1)
        await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)

    def unready_namespaces(self, namespaces: Iterable[str]) -> Sequence[str]:
        found = self._connection.ask(each(self._namespace_problem, namespaces))
        return [problem for problem in found if problem is not None]

    async def _namespace_problem(self, namespace: str) -> str | None:
        service = (await self._connection.client()).workflow_service
        # The frontend looks the namespace up by its name, and the history service by its id.
        nobody = WorkflowExecution(workflow_id="devenv-nobody")
        question = DescribeWorkflowExecutionRequest(namespace=namespace, execution=nobody)
        try:
            await service.describe_workflow_execution(question, timeout=RPC_TIMEOUT)
        except RPCError as error:
            details = [detail.type_url for detail in error.grpc_status.details]
            if error.status != RPCStatusCode.NOT_FOUND or any(UNKNOWN_NAMESPACE in each for each in details):
                return f"namespace {namespace}: it cannot be used yet ({reason(error)})"
        return await self._visibility_problem(namespace)

    async def _visibility_problem(self, namespace: str) -> str | None:
        try:
            await self._list_one(namespace)
        except RPCError as error:
            return f"namespace {namespace}: workflows cannot be listed yet ({reason(error)})"
        return None

    def cluster(self) -> Cluster:
        return self._connection.ask(self._cluster())

    async def _cluster(self) -> Cluster:
        client = await self._connection.client()
        request = GetClusterInfoRequest()
        response = await client.workflow_service.get_cluster_info(request, timeout=RPC_TIMEOUT)
        shares_attributes = INDEX_STORE in response.visibility_store.split(",")
        return Cluster(response.server_version, shares_attributes, response.history_shard_count)

    def namespaces(self) -> Mapping[str, Namespace]:
        return self._connection.ask(self._namespaces())

    async def _namespaces(self) -> dict[str, Namespace]:
        service = (await self._connection.client()).workflow_service
        request = ListNamespacesRequest(page_size=PAGE_SIZE)
        return {
            item.namespace_info.name: to_namespace(item)
            async for response in _pages(service.list_namespaces, request)
            for item in response.namespaces
            if item.namespace_info.name != SYSTEM_NAMESPACE
            and item.namespace_info.state != NamespaceState.NAMESPACE_STATE_DELETED
        }

    def search_attributes(self, namespaces: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        found = self._connection.ask(each(self._search_attributes, namespaces))
        return dict(zip(namespaces, found, strict=True))

    async def _search_attributes(self, namespace: str) -> dict[str, str]:
        client = await self._connection.client()
        request = ListSearchAttributesRequest(namespace=namespace)
        response = await client.operator_service.list_search_attributes(request, timeout=RPC_TIMEOUT)
        return {name: type_name(value) for name, value in response.custom_attributes.items()}

    def attribute_columns(self) -> Mapping[str, Mapping[str, str]]:
        return self._connection.ask(self._attribute_columns())

    async def _attribute_columns(self) -> dict[str, dict[str, str]]:
        service = (await self._connection.client()).workflow_service
        return {
            item.namespace_info.name: dict(item.config.custom_search_attribute_aliases)
            async for response in _pages(service.list_namespaces, ListNamespacesRequest(page_size=PAGE_SIZE))
            for item in response.namespaces
            if item.config.custom_search_attribute_aliases
            and item.namespace_info.state != NamespaceState.NAMESPACE_STATE_DELETED
        }

    def name_attribute_columns(self, namespace: str, names: Mapping[str, str]) -> None:
        self._connection.ask(self._name_attribute_columns(namespace, names))

    async def _name_attribute_columns(self, namespace: str, names: Mapping[str, str]) -> None:
        service = (await self._connection.client()).workflow_service
        config = NamespaceConfig(custom_search_attribute_aliases=names)
        request = UpdateNamespaceRequest(namespace=namespace, config=config)
        await service.update_namespace(request, timeout=RPC_TIMEOUT)

    def unusable_attributes(self, attributes: Mapping[str, Collection[str]]) -> Sequence[str]:
        found = self._connection.ask(each(self._query_problem, attributes.items()))
        return [problem for problem in found if problem is not None]

    async def _query_problem(self, declared: tuple[str, Collection[str]]) -> str | None:
        namespace, names = declared
        client = await self._connection.client()
        query = " AND ".join(f"`{name}` IS NOT NULL" for name in names)
        request = CountWorkflowExecutionsRequest(namespace=namespace, query=query)
        try:
            await client.workflow_service.count_workflow_executions(request, timeout=RPC_TIMEOUT)
        except RPCError as error:
            return f"namespace {namespace}: search attributes cannot be queried yet ({reason(error)})"
        return None

    def endpoints(self) -> Mapping[str, NexusEndpoint]:
        return self._connection.ask(self._endpoints())

    async def _endpoints(self) -> dict[str, NexusEndpoint]:
        service = (await self._connection.client()).operator_service
        return {
            item.spec.name: to_endpoint(item)
            async for response in _pages(service.list_nexus_endpoints, ListNexusEndpointsRequest())
            for item in response.endpoints
        }

    def describe_schedules(
        self, schedules: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Schedule]:
        described = self._connection.ask(each(self._describe_schedule, schedules))
        return {item.key: item for item in described if item is not None}

    async def _describe_schedule(self, key: tuple[str, str]) -> Schedule | None:
        namespace, identifier = key
        client = await self._connection.client()
        request = DescribeScheduleRequest(namespace=namespace, schedule_id=identifier)
        try:
            response = await client.workflow_service.describe_schedule(request, timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            if TASK_FAILED in error.message or (error.status in UNDESCRIBED and not is_unanswered(error)):
                return unreadable_schedule(namespace, identifier, error.message)
            if error.status == RPCStatusCode.FAILED_PRECONDITION:
                # A schedule is a workflow, and right after a start the server's own worker is missing.
                raise RPCError(error.message, RPCStatusCode.UNAVAILABLE, b"") from error
            raise
        return to_described_schedule(namespace, identifier, response)

    def schedule_ids(self, namespaces: Collection[str]) -> Sequence[tuple[str, str]]:
        found = self._connection.ask(each(self._schedule_ids, namespaces))
        return [key for keys in found for key in keys]

    async def _schedule_ids(self, namespace: str) -> list[tuple[str, str]]:
        service = (await self._connection.client()).workflow_service
        request = ListSchedulesRequest(namespace=namespace, maximum_page_size=PAGE_SIZE)
        return [
            (namespace, item.schedule_id)
            async for response in _pages(service.list_schedules, request)
            for item in response.schedules
        ]

    def unlisted_schedules(self, schedules: Collection[Schedule]) -> Mapping[tuple[str, str], str]:
        found = self._connection.ask(each(self._listing_problem, schedules))
        problems = zip(schedules, found, strict=True)
        return {schedule.key: problem for schedule, problem in problems if problem is not None}

    async def _listing_problem(self, schedule: Schedule) -> str | None:
        return await listing_problem(await self._connection.client(), schedule)

    def task_queues(self, queues: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], TaskQueue]:
        described = self._connection.ask(each(self._task_queue, queues))
        return {(item.namespace, item.name): item for item in described if item.has_limits}

    async def _task_queue(self, queue: tuple[str, str]) -> TaskQueue:
        namespace, name = queue
        request = DescribeTaskQueueRequest(
            namespace=namespace,
            task_queue=TaskQueueMessage(name=name),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            report_config=True,
        )
        client = await self._connection.client()
        try:
            response = await client.workflow_service.describe_task_queue(request, timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:  # the namespace, which was registered a moment ago
                return TaskQueue(namespace, name)
            raise
        config = response.config
        limits = map(_limit, (config.queue_rate_limit, config.fairness_keys_rate_limit_default))
        return TaskQueue(namespace, name, *limits)

    def queue_activity(
        self, namespaces: Collection[str], declared: Collection[tuple[str, str]]
    ) -> Sequence[QueueActivity]:
        async def look() -> Sequence[QueueActivity]:
            client = await self._connection.client()
            return await asyncio.wait_for(
                queue_activity(client, namespaces, declared, QUEUES_OF_NAMESPACE), QUEUES_WITHIN_S
            )

        try:
            return self._connection.ask(look())
        except TimeoutError as error:
            reason = f"it did not tell of its task queues within {QUEUES_WITHIN_S:.0f} s"
            raise ServerUnreachableError(self._connection.address, reason) from error

    def find_runs(self, namespaces: Collection[str], query: str, limit: int) -> Sequence[RunsFound]:
        async def find(namespace: str) -> RunsFound:
            return await find_runs(await self._connection.client(), namespace, query, limit)

        return self._connection.ask(each(find, namespaces))

    def find_run(self, namespace: str, workflow_id: str, run_id: str = "") -> WorkflowRun | None:
        async def find() -> WorkflowRun | None:
            return await find_run(await self._connection.client(), namespace, workflow_id, run_id)

        return self._connection.ask(find())

    def read_histories(
        self, runs: Collection[WorkflowRun], limit_bytes: int, done: Callable[[History], None]
    ) -> None:
        async def read(run: WorkflowRun) -> None:
            done(await read_history(await self._connection.client(), run, limit_bytes))

        self._connection.ask(each(read, runs, HISTORIES_AT_ONCE))

    def perform(self, writes: Sequence[Write], done: Callable[[Write], None]) -> Sequence[Refusal | None]:
        try:
            return self._connection.run(each(lambda write: self._perform(write, done), writes))
        except RuntimeError as error:
            raise self._connection.to_error(error, "The server could not be reached") from error

    async def _perform(self, write: Write, done: Callable[[Write], None]) -> Refusal | None:
        try:
            await Writer(await self._connection.client()).send(write)
        except RPCError as error:
            problem = self._connection.to_error(error, description_of(write))
            return Refusal(problem, may_pass(write, error))
        done(write)
        return None

    def canaries(self, namespaces: Iterable[str]) -> Canaries:
        return ServerCanaries(namespaces, self._connection.client, self._connection.run, self._namespaces)


def _limit(config: RateLimitConfig) -> float | None:
    return config.rate_limit.requests_per_second if config.HasField("rate_limit") else None


async def _pages(method: Callable[..., Awaitable[Any]], request: Any) -> AsyncIterator[Any]:
    """Yield the responses to `request`, page after page."""
    while True:
        response = await method(request, timeout=RPC_TIMEOUT)
        yield response
        request.next_page_token = response.next_page_token
        if not request.next_page_token:
            return
