"""Workflows that the tests start, and the clients that start them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio import activity, workflow
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import ListTaskQueuePartitionsRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError
from temporalio.runtime import OpenTelemetryConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from temporalio.common import TypedSearchAttributes

T = TypeVar("T")

NOBODY = "nobody-polls-this"
Server = str | Mapping[str, str]
"""Its address, where it asks for nothing else, or the variables that `devenv env` prints."""


async def connect(server: Server, namespace: str) -> Client:
    """Return a client of a namespace, connected as any program would be."""
    if isinstance(server, str):
        return await Client.connect(server, namespace=namespace)
    config = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=dict(server))
    config["namespace"] = namespace
    return await Client.connect(**config)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a thread of its own: Playwright keeps an event loop in the one that tests run in."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


@workflow.defn(name="Greeting", sandboxed=False)
class Greeting:
    """Greets, at once."""

    @workflow.run
    async def run(self, name: str) -> str:
        return f"Hello, {name}!"


def complete_workflow(address: str, namespace: str) -> str:
    """Run a workflow to its end with a worker of its own and return its id."""
    return _run(_complete(address, namespace))


async def _complete(address: str, namespace: str) -> str:
    client = await Client.connect(address, namespace=namespace)
    identifier = f"greeting-{uuid.uuid4().hex[:8]}"
    async with Worker(client, task_queue=identifier, workflows=[Greeting]):
        greeting = await client.execute_workflow(Greeting.run, "devenv", id=identifier, task_queue=identifier)
    assert greeting == "Hello, devenv!"
    return identifier


@workflow.defn(name="Broken", sandboxed=False)
class Broken:
    """Has a bug: not the workflow fails, but each of its workflow tasks."""

    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("a bug in the code of a workflow")


def run_broken(address: str, namespace: str) -> str:
    """Run a workflow until its first workflow task has failed, end it, and return its id."""
    return _run(_run_broken(address, namespace))


async def _run_broken(address: str, namespace: str) -> str:
    client = await Client.connect(address, namespace=namespace)
    identifier = f"broken-{uuid.uuid4().hex[:8]}"
    # Of each attempt the SDK logs a traceback.
    logging.getLogger("temporalio.worker._workflow_instance").setLevel(logging.CRITICAL)
    async with Worker(client, task_queue=identifier, workflows=[Broken]):
        handle = await client.start_workflow(Broken.run, id=identifier, task_queue=identifier)
        async for event in handle.fetch_history_events(wait_new_event=True):
            if event.HasField("workflow_task_failed_event_attributes"):
                break
        await handle.terminate()
    return identifier


@activity.defn(name="fragile")
async def fragile() -> None:
    """Fail, but for the second attempt."""
    if activity.info().attempt < 2:
        raise ApplicationError("the first attempt fails")


@workflow.defn(name="Working", sandboxed=False)
class Working:
    """Has an activity run that fails at first, and ends as it is asked to."""

    @workflow.run
    async def run(self, end: str) -> None:
        retry = RetryPolicy(initial_interval=timedelta(milliseconds=100))
        timeout = timedelta(seconds=30)
        await workflow.execute_activity(fragile, start_to_close_timeout=timeout, retry_policy=retry)
        if end == "failed":
            raise ApplicationError("as asked")
        if end == "continued":
            workflow.continue_as_new("completed")
        if end in {"cancelled", "terminated", "timed out"}:
            await workflow.sleep(timeout)


ENDS = ("completed", "failed", "continued", "cancelled", "terminated", "timed out")


def work_measured(address: str, namespace: str, task_queue: str, endpoint: str) -> None:
    """Run workflows that end in each way, on and on; the worker sends its metrics to `endpoint`."""
    logging.disable(logging.WARNING)  # of each failure
    asyncio.run(_work_measured(address, namespace, task_queue, endpoint))


async def _connect_measured(address: str, namespace: str, service: str, endpoint: str) -> Client:
    metrics = OpenTelemetryConfig(
        url=endpoint, http=True, durations_as_seconds=True, metric_periodicity=timedelta(seconds=2)
    )
    runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics, global_tags={"service": service}))
    return await Client.connect(address, namespace=namespace, runtime=runtime)


async def _work_measured(address: str, namespace: str, task_queue: str, endpoint: str) -> None:
    client = await _connect_measured(address, namespace, task_queue, endpoint)
    async with Worker(client, task_queue=task_queue, workflows=[Working], activities=[fragile]):
        for end in itertools.cycle(ENDS):
            handle = await client.start_workflow(
                Working.run,
                end,
                id=f"working-{uuid.uuid4().hex[:8]}",
                task_queue=task_queue,
                execution_timeout=timedelta(seconds=1) if end == "timed out" else None,
            )
            if end == "cancelled":
                await handle.cancel()
            if end == "terminated":
                await handle.terminate()
            with suppress(WorkflowFailureError):
                await handle.result()


def fail_tasks_measured(address: str, namespace: str, task_queue: str, endpoint: str) -> None:
    """Have the tasks of a workflow fail without end; the worker sends its metrics to `endpoint`."""
    logging.disable(logging.CRITICAL)  # of each attempt
    asyncio.run(_fail_tasks_measured(address, namespace, task_queue, endpoint))


async def _fail_tasks_measured(address: str, namespace: str, task_queue: str, endpoint: str) -> None:
    client = await _connect_measured(address, namespace, task_queue, endpoint)
    async with Worker(client, task_queue=task_queue, workflows=[Broken]):
        identifier = f"broken-{uuid.uuid4().hex[:8]}"
        handle = await client.start_workflow(Broken.run, id=identifier, task_queue=task_queue)
        await handle.result()


def count_without_end(address: str, namespace: str) -> None:
    """Ask visibility many times at once, without end, whether or not it answers within five seconds."""
    asyncio.run(_count_without_end(address, namespace))


async def _count_without_end(address: str, namespace: str) -> None:
    client = await Client.connect(address, namespace=namespace)

    async def count() -> None:
        while True:
            with suppress(RPCError):
                await client.count_workflows(rpc_timeout=timedelta(seconds=5))
            await asyncio.sleep(0.2)

    await asyncio.gather(*(count() for _ in range(20)))


@workflow.defn(name="Upserting", sandboxed=False)
class Upserting:
    """Sets a search attribute of itself."""

    @workflow.run
    async def run(self, name: str, value: str) -> None:
        workflow.upsert_search_attributes([SearchAttributeKey.for_keyword(name).value_set(value)])


def upsert(server: Server, namespace: str, name: str, value: str) -> str:
    """Run a workflow that sets its Keyword search attribute `name`, and return its id."""
    return _run(_upsert(server, namespace, name, value))


async def _upsert(server: Server, namespace: str, name: str, value: str) -> str:
    client = await connect(server, namespace)
    identifier = f"upserting-{uuid.uuid4().hex[:8]}"
    async with Worker(client, task_queue=identifier, workflows=[Upserting]):
        await client.execute_workflow(Upserting.run, args=[name, value], id=identifier, task_queue=identifier)
    return identifier


def history_of(address: str, namespace: str, identifier: str, run: str | None = None) -> list[str]:
    """Return the types of the events of a workflow's history."""
    return _run(_history(address, namespace, identifier, run))


async def _history(address: str, namespace: str, identifier: str, run: str | None) -> list[str]:
    client = await Client.connect(address, namespace=namespace)
    history = await client.get_workflow_handle(identifier, run_id=run).fetch_history()
    return [event.WhichOneof("attributes") or "" for event in history.events]


def start_workflow(
    address: str,
    namespace: str,
    *,
    argument: str = "devenv",
    attributes: TypedSearchAttributes | None = None,
) -> str:
    """Start a workflow that nobody works on and return its id."""
    return _run(_start(address, namespace, argument, attributes, None))


async def _start(
    address: str,
    namespace: str,
    argument: str,
    attributes: TypedSearchAttributes | None,
    identifier: str | None,
) -> str:
    client = await Client.connect(address, namespace=namespace)
    identifier = identifier or f"waiting-{uuid.uuid4().hex[:8]}"
    await client.start_workflow(
        "Waiting", argument, id=identifier, task_queue=NOBODY, search_attributes=attributes
    )
    return identifier


def refusal_of(
    address: str, namespace: str, *, argument: str = "devenv", identifier: str | None = None
) -> str:
    """Start a workflow that the server must refuse and return its reason."""
    try:
        started = _run(_start(address, namespace, argument, None, identifier))
    except RPCError as error:
        return error.message
    terminate(address, namespace, started)
    raise AssertionError(f"the server accepted {started} in {namespace}")


def partitions_of(address: str, namespace: str, task_queue: str) -> int:
    """Return how many partitions the server gives the workflow tasks of a task queue."""
    return _run(_partitions(address, namespace, task_queue))


async def _partitions(address: str, namespace: str, task_queue: str) -> int:
    client = await Client.connect(address, namespace=namespace)
    request = ListTaskQueuePartitionsRequest(namespace=namespace, task_queue=TaskQueue(name=task_queue))
    found = await client.workflow_service.list_task_queue_partitions(request)
    return len(found.workflow_task_queue_partitions)


def found_by(server: Server, namespace: str, query: str) -> list[str]:
    """Return the ids of the workflows that a visibility query finds."""
    return _run(_found_by(server, namespace, query))


async def _found_by(server: Server, namespace: str, query: str) -> list[str]:
    client = await connect(server, namespace)
    return sorted([found.id async for found in client.list_workflows(query)])


def terminate(address: str, namespace: str, identifier: str) -> None:
    """End a workflow, so that it is not found among those that run."""
    _run(_terminate(address, namespace, identifier))


async def _terminate(address: str, namespace: str, identifier: str) -> None:
    client = await Client.connect(address, namespace=namespace)
    await client.get_workflow_handle(identifier).terminate()


def is_serving(address: str) -> bool:
    """Whether the frontend's own health check says SERVING."""
    return _run(_is_serving(address))


async def _is_serving(address: str) -> bool:
    client = await Client.connect(address)
    return await client.service_client.check_health(service="temporal.api.workflowservice.v1.WorkflowService")
