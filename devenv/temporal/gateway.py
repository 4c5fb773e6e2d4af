"""The gateway over gRPC, with the SDK's service client.

The SDK is asynchronous; devenv is not. One event loop lives as long as the gateway, and requests for many
namespaces run side by side in it.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig, UpdateNamespaceInfo
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
    ListNamespacesRequest,
    ListWorkflowExecutionsRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, ServiceClient

from devenv.errors import ServerRejectedError, ServerUnreachableError
from devenv.temporal.canary import ServerCanaries
from devenv.temporal.protocol import SYSTEM_NAMESPACE, Namespace

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping
    from types import TracebackType

    from devenv.temporal.protocol import Canaries

T = TypeVar("T")

# The empty service name is always SERVING (grpc-go's default), so it says nothing.
FRONTEND_HEALTH = "temporal.api.workflowservice.v1.WorkflowService"
RPC_TIMEOUT = timedelta(seconds=5)
PAGE_SIZE = 500


class ServerGateway:
    """A `Gateway` to the frontend at `address` (`host:port`, plaintext)."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._runner = asyncio.Runner()
        self._client: ServiceClient | None = None

    def __enter__(self) -> ServerGateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The SDK's native client must go before the loop that its callbacks enter.
        self._client = None
        self._runner.close()

    def frontend_problem(self) -> str | None:
        try:
            return self._runner.run(self._frontend_problem())
        except (RPCError, RuntimeError) as error:
            # The SDK says RuntimeError for a connection that could not be made.
            return f"the frontend does not answer on {self._address} ({_reason(error)})"

    async def _frontend_problem(self) -> str | None:
        client = await self._connected()
        serving = await client.check_health(service=FRONTEND_HEALTH, timeout=RPC_TIMEOUT)
        return None if serving else "the frontend says NOT_SERVING"

    def visibility_problem(self, namespace: str) -> str | None:
        try:
            self._runner.run(self._list_one(namespace))
        except RPCError as error:
            return f"workflows cannot be listed yet ({_reason(error)})"
        return None

    async def _list_one(self, namespace: str) -> None:
        client = await self._connected()
        request = ListWorkflowExecutionsRequest(namespace=namespace, page_size=1)
        await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)

    def namespaces(self) -> Mapping[str, Namespace]:
        return self._run(self._namespaces())

    async def _namespaces(self) -> dict[str, Namespace]:
        client = await self._connected()
        found: dict[str, Namespace] = {}
        page = b""
        while True:
            request = ListNamespacesRequest(page_size=PAGE_SIZE, next_page_token=page)
            response = await client.workflow_service.list_namespaces(request, timeout=RPC_TIMEOUT)
            described = [_to_namespace(item) for item in response.namespaces]
            found |= {item.name: item for item in described if item.name != SYSTEM_NAMESPACE}
            page = response.next_page_token
            if not page:
                return found

    def describe(self, names: Iterable[str]) -> Mapping[str, Namespace]:
        return self._run(self._describe(list(names)))

    async def _describe(self, names: list[str]) -> dict[str, Namespace]:
        described = await asyncio.gather(*(self._describe_one(name) for name in names))
        return {item.name: item for item in described if item is not None}

    async def _describe_one(self, name: str) -> Namespace | None:
        client = await self._connected()
        request = DescribeNamespaceRequest(namespace=name)
        try:
            response = await client.workflow_service.describe_namespace(request, timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
        return _to_namespace(response)

    def register(self, namespace: Namespace) -> None:
        request = RegisterNamespaceRequest(
            namespace=namespace.name,
            description=namespace.description,
            owner_email=namespace.owner_email,
            workflow_execution_retention_period=_to_duration(namespace.retention),
            data=namespace.data,
        )
        self._run(self._register(request), f"Namespace {namespace.name} could not be registered")

    async def _register(self, request: RegisterNamespaceRequest) -> None:
        client = await self._connected()
        try:
            await client.workflow_service.register_namespace(request, timeout=RPC_TIMEOUT)
        except RPCError as error:
            # A retried request, or another devenv, was first: the declared state holds all the same.
            if error.status != RPCStatusCode.ALREADY_EXISTS:
                raise

    def update(self, namespace: Namespace) -> None:
        request = UpdateNamespaceRequest(
            namespace=namespace.name,
            update_info=UpdateNamespaceInfo(
                description=namespace.description, owner_email=namespace.owner_email, data=namespace.data
            ),
            config=NamespaceConfig(
                workflow_execution_retention_ttl=_to_duration(namespace.retention),
            ),
        )
        self._run(self._update(request), f"Namespace {namespace.name} could not be updated")

    async def _update(self, request: UpdateNamespaceRequest) -> None:
        client = await self._connected()
        await client.workflow_service.update_namespace(request, timeout=RPC_TIMEOUT)

    def search_attributes(self, namespace: str) -> Mapping[str, str]:
        return self._run(self._search_attributes(namespace))

    async def _search_attributes(self, namespace: str) -> dict[str, str]:
        client = await self._connected()
        request = ListSearchAttributesRequest(namespace=namespace)
        response = await client.operator_service.list_search_attributes(request, timeout=RPC_TIMEOUT)
        return {name: _type_name(value) for name, value in response.custom_attributes.items()}

    def add_search_attributes(self, namespace: str, attributes: Mapping[str, str]) -> None:
        request = AddSearchAttributesRequest(
            namespace=namespace,
            search_attributes={name: _type_value(kind) for name, kind in attributes.items()},
        )
        what = f"Search attributes {', '.join(attributes)} could not be added"
        self._run(self._add_search_attributes(request), what)

    async def _add_search_attributes(self, request: AddSearchAttributesRequest) -> None:
        client = await self._connected()
        await client.operator_service.add_search_attributes(request, timeout=timedelta(seconds=30))

    def canaries(self, namespaces: Iterable[str]) -> Canaries:
        return ServerCanaries(namespaces, self._connected, self._runner.run)

    async def _connected(self) -> ServiceClient:
        if self._client is None:
            config = ConnectConfig(target_host=self._address, lazy=True, identity="devenv")
            self._client = await ServiceClient.connect(config)
        return self._client

    def _run(self, work: Coroutine[object, object, T], what: str = "The server refused a question") -> T:
        try:
            return self._runner.run(work)
        except RPCError as error:
            if error.status == RPCStatusCode.UNAVAILABLE:
                raise ServerUnreachableError(self._address, _reason(error)) from error
            raise ServerRejectedError(what, error.message) from error
        except RuntimeError as error:
            # What the SDK raises for a connection that could not be made.
            raise ServerUnreachableError(self._address, _reason(error)) from error


def _to_namespace(response: DescribeNamespaceResponse) -> Namespace:
    info = response.namespace_info
    return Namespace(
        name=info.name,
        retention=response.config.workflow_execution_retention_ttl.ToTimedelta(),
        description=info.description,
        owner_email=info.owner_email,
        data=dict(info.data),
    )


def _to_duration(value: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(value)
    return duration


def _type_name(value: IndexedValueType.ValueType) -> str:
    words = IndexedValueType.Name(value).removeprefix("INDEXED_VALUE_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)


TYPE_VALUES = {_type_name(value): value for value in IndexedValueType.values()}


def _type_value(name: str) -> IndexedValueType.ValueType:
    return TYPE_VALUES[name]


def _reason(error: BaseException) -> str:
    """Return the innermost message: the SDK wraps it in the structures of its native core."""
    messages = re.findall(r'message: "([^"]+)"', str(error))
    return messages[-1] if messages else str(error).partition("\n")[0]
