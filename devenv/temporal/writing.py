"""Requests that change a server, and which of their refusals may pass."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.api.common.v1 import Memo
from temporalio.api.common.v1 import SearchAttributes as SearchAttributesMessage
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.namespace.v1 import UpdateNamespaceInfo
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    CreateNexusEndpointRequest,
    DeleteNamespaceRequest,
    DeleteNexusEndpointRequest,
    ListNexusEndpointsRequest,
    RemoveSearchAttributesRequest,
    UpdateNexusEndpointRequest,
)
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import (
    CreateScheduleRequest,
    DeleteScheduleRequest,
    DescribeScheduleRequest,
    DescribeScheduleResponse,
    GetClusterInfoRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
    UpdateScheduleRequest,
    UpdateTaskQueueConfigRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from devenv.temporal.connection import IDENTITY, RPC_TIMEOUT, is_unanswered
from devenv.temporal.messages import (
    TYPE_VALUES,
    to_config,
    to_duration,
    to_endpoint_spec,
    to_payloads,
    to_state,
)
from devenv.temporal.protocol import Action, Namespace, NexusEndpoint, SearchAttributes, TaskQueue
from devenv.temporal.schedule_messages import UNDESCRIBED, to_message, to_update
from devenv.temporal.schedule_runs import continue_as_new
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from temporalio.api.nexus.v1 import Endpoint
    from temporalio.service import ServiceClient

    from devenv.temporal.protocol import Target, Write

# The server waits for OpenSearch's mapping, or for a workflow of its own that deletes the namespace.
SLOW_RPC_TIMEOUT = timedelta(seconds=30)

_WHAT = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
_PASSING = {RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.ABORTED}
# A namespace that was registered a moment ago is not yet known to every part of the server.
_UNKNOWN_NAMESPACE = {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}
# What OpenSearch says of a field whose search attribute was removed: the mapping of the index outlives it.
_MAPPED = re.compile(r"mapper \[(.+?)\] cannot be changed from type \[(\w+)\]")

# Whatever else OpenSearch refuses of a mapping; the server calls that UNAVAILABLE as well.
_REFUSED_BY_INDEX = re.compile(r"elastic: Error 400 \(Bad Request\): (.+?)(?: \[type=\w+\])?\.?$")
_NOT_VALID = RPCStatusCode.INVALID_ARGUMENT


class Writer:
    """Sends one write after the other; a new one is made for each batch."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._workflow_service = client.workflow_service
        self._operator_service = client.operator_service

    async def send(self, write: Write) -> None:
        """Send `write`; what is there already, or gone already, is as it should be."""
        try:
            await self._send(write)
        except RPCError as error:
            if mapped := _MAPPED.search(error.message):
                # The server calls this UNAVAILABLE, and it will never pass.
                raise RPCError(_in_index(*mapped.groups()), _NOT_VALID, b"") from error
            if refused := _REFUSED_BY_INDEX.search(error.message):
                raise RPCError(f"the index refuses it: {refused[1]}", _NOT_VALID, b"") from error
            if error.status == RPCStatusCode.UNIMPLEMENTED:
                raise await self._no_such_call(error) from error
            if not _is_done_already(write, error):
                raise

    async def _send(self, write: Write) -> None:
        match write.target:
            case Namespace() as namespace:
                await self._namespace(write.action, namespace)
            case SearchAttributes() as attributes:
                await self._attributes(write.action, attributes)
            case NexusEndpoint() as endpoint:
                await self._endpoint(write.action, endpoint)
            case Schedule() as schedule:
                await self._schedule(write.action, schedule)
            case TaskQueue() as queue:
                await self._task_queue(queue)

    async def _namespace(self, action: Action, namespace: Namespace) -> None:
        if action is Action.CREATE:
            registration = _registration(namespace)
            await self._workflow_service.register_namespace(registration, timeout=RPC_TIMEOUT)
        elif action is Action.UPDATE:
            await self._workflow_service.update_namespace(_update(namespace), timeout=RPC_TIMEOUT)
        else:
            request = DeleteNamespaceRequest(namespace=namespace.name)
            await self._operator_service.delete_namespace(request, timeout=SLOW_RPC_TIMEOUT)

    async def _attributes(self, action: Action, attributes: SearchAttributes) -> None:
        if action is Action.DELETE:
            removal = RemoveSearchAttributesRequest(
                namespace=attributes.namespace, search_attributes=list(attributes.types)
            )
            await self._operator_service.remove_search_attributes(removal, timeout=SLOW_RPC_TIMEOUT)
            return
        types = {name: TYPE_VALUES[kind] for name, kind in attributes.types.items()}
        request = AddSearchAttributesRequest(namespace=attributes.namespace, search_attributes=types)
        await self._operator_service.add_search_attributes(request, timeout=SLOW_RPC_TIMEOUT)

    async def _endpoint(self, action: Action, endpoint: NexusEndpoint) -> None:
        if action is Action.CREATE:
            request = CreateNexusEndpointRequest(spec=to_endpoint_spec(endpoint))
            await self._operator_service.create_nexus_endpoint(request, timeout=RPC_TIMEOUT)
            return
        known = await self._known_endpoint(endpoint.name)
        if action is Action.UPDATE:
            spec = to_endpoint_spec(endpoint)
            if not endpoint.description and known.spec.HasField("description"):
                # The whole of it is replaced, and what nobody declares stays.
                spec.description.CopyFrom(known.spec.description)
            update = UpdateNexusEndpointRequest(id=known.id, version=known.version, spec=spec)
            await self._operator_service.update_nexus_endpoint(update, timeout=RPC_TIMEOUT)
        else:
            removal = DeleteNexusEndpointRequest(id=known.id, version=known.version)
            await self._operator_service.delete_nexus_endpoint(removal, timeout=RPC_TIMEOUT)

    async def _known_endpoint(self, name: str) -> Endpoint:
        """Return the endpoint with its id and version, which every change of it has to carry."""
        request = ListNexusEndpointsRequest(name=name)
        response = await self._operator_service.list_nexus_endpoints(request, timeout=RPC_TIMEOUT)
        if not response.endpoints:
            raise RPCError(f"there is no Nexus endpoint {name}", RPCStatusCode.NOT_FOUND, b"")
        return response.endpoints[0]

    async def _schedule(self, action: Action, schedule: Schedule) -> None:
        namespace, name = schedule.key
        if action is Action.DELETE:
            removal = DeleteScheduleRequest(namespace=namespace, schedule_id=name, identity=IDENTITY)
            await self._workflow_service.delete_schedule(removal, timeout=RPC_TIMEOUT)
        elif action is Action.CREATE:
            creation = CreateScheduleRequest(
                namespace=namespace,
                schedule_id=name,
                schedule=to_message(schedule),
                identity=IDENTITY,
                request_id=uuid.uuid4().hex,
                memo=Memo(fields=to_payloads(schedule.schedule_memo)) if schedule.schedule_memo else None,
                search_attributes=_attributes_of(schedule) if schedule.schedule_search_attributes else None,
            )
            await self._workflow_service.create_schedule(creation, timeout=RPC_TIMEOUT)
        else:
            await self._update_schedule(schedule)

    async def _update_schedule(self, schedule: Schedule) -> None:
        namespace, name = schedule.key
        known = await self._known_schedule(schedule)
        update = UpdateScheduleRequest(
            namespace=namespace,
            schedule_id=name,
            schedule=to_update(schedule, known.schedule),
            identity=IDENTITY,
            request_id=uuid.uuid4().hex,
            # None at all would leave those that are there.
            search_attributes=_attributes_of(schedule),
        )
        await self._workflow_service.update_schedule(update, timeout=RPC_TIMEOUT)
        if schedule.schedule_search_attributes or known.search_attributes.indexed_fields:
            await continue_as_new(self._client, schedule)

    async def _task_queue(self, queue: TaskQueue) -> None:
        """Set the limits of `queue`, and unset those that it has not; deleting it is the same without any."""
        update = UpdateTaskQueueConfigRequest(
            namespace=queue.namespace,
            task_queue=queue.name,
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            identity=IDENTITY,
            update_queue_rate_limit=_limit_update(queue.rate_limit),
            update_fairness_key_rate_limit_default=_limit_update(queue.fairness_key_rate_limit),
        )
        await self._workflow_service.update_task_queue_config(update, timeout=RPC_TIMEOUT)

    async def _no_such_call(self, error: RPCError) -> RPCError:
        """Return `error`, a call that the server does not have, with the server's version."""
        question = GetClusterInfoRequest()
        info = await self._workflow_service.get_cluster_info(question, timeout=RPC_TIMEOUT)
        message = f"server {info.server_version} cannot do it: {error.message}"
        return RPCError(message, RPCStatusCode.INVALID_ARGUMENT, b"")

    async def _known_schedule(self, schedule: Schedule) -> DescribeScheduleResponse:
        namespace, name = schedule.key
        question = DescribeScheduleRequest(namespace=namespace, schedule_id=name)
        try:
            return await self._workflow_service.describe_schedule(question, timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status not in UNDESCRIBED or is_unanswered(error):
                raise
            return DescribeScheduleResponse()  # what it has is lost, and the update mends it


def _limit_update(limit: float | None) -> UpdateTaskQueueConfigRequest.RateLimitUpdate:
    """Return an update that sets `limit`; one without a limit unsets it."""
    rate_limit = None if limit is None else RateLimit(requests_per_second=limit)
    return UpdateTaskQueueConfigRequest.RateLimitUpdate(rate_limit=rate_limit)


def _attributes_of(schedule: Schedule) -> SearchAttributesMessage:
    return SearchAttributesMessage(indexed_fields=to_payloads(schedule.schedule_search_attributes))


def description_of(write: Write) -> str:
    """Return what could not be done, when `write` was not."""
    return f"{_name_of(write.target)} could not be {_WHAT[write.action]}"


def _name_of(target: Target) -> str:
    match target:
        case Namespace(name=name):
            return f"Namespace {name}"
        case SearchAttributes(types=types):
            return f"Search attributes {', '.join(types)}"
        case NexusEndpoint(name=name):
            return f"Nexus endpoint {name}"
        case Schedule(namespace=namespace, id=name):
            return f"Schedule {name} of {namespace}"
        case TaskQueue(namespace=namespace, name=name):
            return f"Task queue {name} of {namespace}"


def may_pass(write: Write, error: RPCError) -> bool:
    """Tell whether the same request may be accepted a moment later."""
    if is_unanswered(error) or error.status in _PASSING:
        return True
    is_new = write.action is not Action.DELETE and not isinstance(write.target, Namespace)
    return is_new and error.status in _UNKNOWN_NAMESPACE


def _in_index(name: str, kind: str) -> str:
    return (
        f"the index keeps {name} as {kind} since a search attribute of that name was removed; "
        "only another name, or an index without that data, can have another type"
    )


def _is_done_already(write: Write, error: RPCError) -> bool:
    # A retried request, or another devenv, was first. Whether it did the same is seen by looking again.
    if write.action is Action.CREATE:
        return error.status == RPCStatusCode.ALREADY_EXISTS
    return write.action is Action.DELETE and error.status == RPCStatusCode.NOT_FOUND


def _registration(namespace: Namespace) -> RegisterNamespaceRequest:
    return RegisterNamespaceRequest(
        namespace=namespace.name,
        description=namespace.description,
        owner_email=namespace.owner_email,
        workflow_execution_retention_period=to_duration(namespace.retention),
        data=namespace.data,
        history_archival_state=to_state(namespace.history_archival_state),
        history_archival_uri=namespace.history_archival_uri,
        visibility_archival_state=to_state(namespace.visibility_archival_state),
        visibility_archival_uri=namespace.visibility_archival_uri,
    )


def _update(namespace: Namespace) -> UpdateNamespaceRequest:
    info = UpdateNamespaceInfo(
        description=namespace.description, owner_email=namespace.owner_email, data=namespace.data
    )
    return UpdateNamespaceRequest(namespace=namespace.name, update_info=info, config=to_config(namespace))
