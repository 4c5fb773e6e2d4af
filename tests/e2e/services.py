"""A generated service under test: its workers, its orders, and what the world outside was asked for."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import toolchain
from e2e.polling import eventually
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping
    from pathlib import Path

    from e2e.stacks import Stack

T = TypeVar("T")
Handle = WorkflowHandle[Any, Any]

WORKER_IS_THERE_S = 120
STOP_S = 40


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a thread of its own: Playwright keeps an event loop in the one that tests run in."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass
class Service:
    """One service of a project whose stack is up; `variables` are what its recipes are run with."""

    stack: Stack
    name: str
    language: str
    variables: Mapping[str, str] = field(default_factory=dict)
    _workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def halves(self) -> tuple[str, ...]:
        return ("go", "python") if self.language == "both" else (self.language,)

    @property
    def saga_half(self) -> str:
        """Which half has the saga."""
        return self.halves[0]

    @property
    def fulfillment_half(self) -> str:
        """Which half has the child workflow."""
        return self.halves[-1]

    @property
    def saga_queue(self) -> str:
        return f"{self.name}-{self.saga_half}"

    def folder(self, half: str) -> Path:
        return self.stack.project / self.name / half

    @property
    def justfile(self) -> Path:
        """The recipes of the whole."""
        home = self.stack.project / self.name
        return home / "justfile" if self.language == "both" else home / self.language / "justfile"

    def just(self, *arguments: str, half: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a recipe against the stack."""
        justfile = self.folder(half) / "justfile" if half else self.justfile
        variables = {**self.variables, "TEMPORAL_ADDRESS": self.stack.grpc}
        return toolchain.run("just", "-f", justfile, *arguments, cwd=self.stack.project, **variables)

    def prepare(self) -> None:
        """Install what it needs, and compile it: the first time that takes minutes, which no wait is for."""
        done = self.just("setup")
        assert done.returncode == 0, done
        if "go" in self.halves:
            toolchain.succeed(*toolchain.VET, cwd=self.folder("go"))

    def start_workers(self) -> None:
        """Start the worker of each half that does not run, and wait until it asks for work."""
        for half in self.halves:
            if half not in self._workers:
                self._workers[half] = self._start(half)
        for half in self.halves:
            eventually(lambda half=half: run(self._pollers(half)), within_s=WORKER_IS_THERE_S)  # type: ignore[misc]

    def _start(self, half: str) -> subprocess.Popen[bytes]:
        log = (self.stack.project / f"{self.name}-{half}.log").open("ab")
        with log:
            return subprocess.Popen(
                ["just", "-f", str(self.folder(half) / "justfile"), "run"],
                cwd=self.stack.project,
                env=toolchain.environment(**self.variables, TEMPORAL_ADDRESS=self.stack.grpc),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _pollers(self, half: str) -> bool:
        """Whether somebody has asked for work on the queue of `half` since its worker was started."""
        from temporalio.api.enums.v1 import TaskQueueType
        from temporalio.api.taskqueue.v1 import TaskQueue
        from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

        client = await self.client()
        request = DescribeTaskQueueRequest(
            namespace=self.name,
            task_queue=TaskQueue(name=f"{self.name}-{half}"),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await client.workflow_service.describe_task_queue(request)
        return bool(answer.pollers)

    def kill_workers(self) -> None:
        """End every worker with SIGKILL: it has no time to tell anybody."""
        for half in list(self._workers):
            self._end(half, signal.SIGKILL)

    def stop_workers(self) -> None:
        """End every worker as a deployment does."""
        for half in list(self._workers):
            self._end(half, signal.SIGTERM)

    def _end(self, half: str, number: signal.Signals) -> None:
        worker = self._workers.pop(half)
        # The recipe's runner, what it runs and the worker itself are one group.
        os.killpg(worker.pid, number)
        worker.wait(STOP_S)

    async def client(self) -> Client:
        return await Client.connect(self.stack.grpc, namespace=self.name)

    def declared_schedule(self) -> str:
        """Return the schedule of the seeds."""
        schedules = load_seeds([self.stack.project / "seeds"]).of(ScheduleSpec)
        [declared] = [schedule for schedule in schedules if schedule.namespace == self.name]
        return declared.id

    async def place(self, **changes: Any) -> Handle:
        """Place an order that nobody else has placed."""
        order = {
            "order_id": uuid.uuid4().hex[:12],
            "customer_id": "alice",
            "address": "1 Main Street",
            **{key: value for key, value in changes.items() if key not in {"sku", "quantity"}},
            "items": [
                {
                    "sku": changes.get("sku", "book"),
                    "quantity": changes.get("quantity", 1),
                    "price_cents": 1999,
                }
            ],
        }
        client = await self.client()
        identifier = f"order-{order['order_id']}"
        return await client.start_workflow("OrderSaga", order, id=identifier, task_queue=self.saga_queue)

    async def child_of(self, handle: Handle) -> Handle:
        """Return the child workflow of an order."""
        client = await self.client()
        return client.get_workflow_handle(handle.id.replace("order-", "fulfill-"))

    def effects(self, order: str) -> dict[str, int]:
        """Return how often the world outside did something for an order, by what it was."""
        counts: Counter[str] = Counter()
        for half in self.halves:
            counts += (_go_effects if half == "go" else _python_effects)(self.folder(half), order)
        return dict(counts)


GO_WORDS = {"charge": "payment", "reserve": "reservation", "ship": "shipment"}


def _go_effects(folder: Path, order: str) -> Counter[str]:
    """Read the journal of the Go half; a call that was repeated is not applied twice."""
    journal = folder / "store.jsonl"
    lines = journal.read_text().splitlines() if journal.exists() else []
    calls = [json.loads(line) for line in lines]
    return Counter(
        GO_WORDS.get(call["operation"], call["operation"])
        for call in calls
        if call["applied"] and order in call["key"]
    )


def _python_effects(folder: Path, order: str) -> Counter[str]:
    """Read the table of the Python half, in which what was done under a key has one row."""
    with closing(sqlite3.connect(folder / "store.sqlite3")) as database:
        rows = database.execute(
            "SELECT operation, count(DISTINCT reference) FROM effects "
            "WHERE key LIKE '%' || ? || '%' AND NOT undone GROUP BY operation",
            (order,),
        ).fetchall()
    return Counter(dict(rows))


async def activities(handle: Handle) -> list[str]:
    """Return the activities of a workflow in the order in which they were asked for."""
    history = await handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def attempts(handle: Handle, activity: str) -> int:
    """Return at which attempt an activity of a workflow succeeded."""
    history = await handle.fetch_history()
    scheduled = {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
    }
    [started] = [
        event.activity_task_started_event_attributes
        for event in history.events
        if event.HasField("activity_task_started_event_attributes")
        and scheduled[event.activity_task_started_event_attributes.scheduled_event_id] == activity
    ]
    return started.attempt


async def failure_of(handle: Handle) -> str | None:
    """Wait for an order that must fail; return the type of what it failed of, whatever carried it."""
    try:
        await handle.result()
    except WorkflowFailureError as error:
        cause: BaseException | None = error
        kind = None
        while cause is not None:
            kind = cause.type if isinstance(cause, ApplicationError) else kind
            cause = cause.__cause__
        return kind
    raise AssertionError(f"{handle.id} did not fail")


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Have the workers of `service` run."""
    service.start_workers()
    try:
        yield service
    finally:
        service.stop_workers()
