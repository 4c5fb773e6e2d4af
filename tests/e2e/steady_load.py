"""Workflows that run while members of the cluster are killed, and how long the cluster takes to recover."""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    Kills = Mapping[str, tuple[Callable[[], object], Callable[[], object]]]
    """By the name of a member: what kills it, and what brings it back."""

S = TypeVar("S")
T = TypeVar("T")

# What a member that goes has clients see. Whoever sees it asks again.
PASSING = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.INTERNAL,
}
PATIENCE_S = 300
FRONTEND = "temporal-1"
STEPS_PER_SECOND = 25
PROBES = 8


@activity.defn(name="step")
async def step(number: int) -> int:
    """Do a piece of work."""
    return number + 1


@workflow.defn(name="Steady", sandboxed=False)
class Steady:
    """Works, step after step, until it is told to finish; returns the number of steps: one without pauses."""

    def __init__(self) -> None:
        self._is_to_finish = False

    @workflow.signal
    def finish(self) -> None:
        self._is_to_finish = True

    @workflow.run
    async def run(self, pause_s: float) -> int:
        steps = 0
        while steps == 0 or (pause_s and not self._is_to_finish):
            steps = await workflow.execute_activity(step, steps, start_to_close_timeout=timedelta(seconds=10))
            if pause_s:
                with suppress(TimeoutError):
                    await workflow.wait_condition(lambda: self._is_to_finish, timeout=pause_s)
        return steps


@dataclass
class Survival:
    """What became of a load; `recovered_s` are seconds from each kill until new workflows complete."""

    started: int
    completed: int = 0
    problems: list[str] = field(default_factory=list)
    recovered_s: dict[str, float] = field(default_factory=dict)


def survive(address: str, workflows: int, kills: Kills) -> Survival:
    """Have `workflows` run during all `kills`, one after the other."""
    # Playwright keeps an event loop in the thread that tests run in.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _survive(address, workflows, kills)).result()


async def _survive(address: str, workflows: int, kills: Kills) -> Survival:
    client = await Client.connect(address)
    queue = f"steady-{uuid.uuid4().hex[:8]}"
    found = Survival(workflows)
    async with Worker(client, task_queue=queue, workflows=[Steady], activities=[step]):
        identifiers = [f"{queue}-{number}" for number in range(workflows)]
        pause_s = workflows / STEPS_PER_SECOND
        handles = await _each(identifiers, lambda each: _start(client, each, queue, pause_s))
        for name, (kill, bring_back) in kills.items():
            began = time.monotonic()
            await asyncio.to_thread(kill)
            if name == FRONTEND:  # the one door
                await asyncio.to_thread(bring_back)
            await _each(range(PROBES), lambda _: _probe(client, queue))
            found.recovered_s[name] = round(time.monotonic() - began, 1)
            if name != FRONTEND:
                await asyncio.to_thread(bring_back)
        await _each(handles, lambda each: _again(lambda: each.signal(Steady.finish)))
        for handle, result in zip(handles, await _each(handles, _result), strict=True):
            if isinstance(result, int) and result > 0:
                found.completed += 1
            else:
                found.problems.append(f"{handle.id}: {result!r}")
    return found


async def _each(items: Iterable[S], work: Callable[[S], Awaitable[T]]) -> list[T]:
    """Do `work` for all, twenty at a time."""
    places = asyncio.Semaphore(20)

    async def one(item: S) -> T:
        async with places:
            return await work(item)

    return list(await asyncio.gather(*(one(item) for item in items)))


async def _start(client: Client, identifier: str, queue: str, pause_s: float) -> WorkflowHandle[Steady, int]:
    async def start() -> WorkflowHandle[Steady, int]:
        try:
            return await client.start_workflow(Steady.run, pause_s, id=identifier, task_queue=queue)
        except WorkflowAlreadyStartedError:  # by a try whose answer was lost
            return client.get_workflow_handle_for(Steady.run, identifier)

    return await _again(start)


async def _probe(client: Client, queue: str) -> None:
    """Run a new workflow to its end."""
    handle = await _start(client, f"probe-{uuid.uuid4().hex[:8]}", queue, 0)
    await _again(handle.result)


async def _result(handle: WorkflowHandle[Steady, int]) -> int | BaseException:
    try:
        return await _again(handle.result)
    except Exception as error:  # noqa: BLE001  whatever became of it
        return error


async def _again(call: Callable[[], Awaitable[T]]) -> T:
    """Return what `call` returns; what passes is tried again, as any client of a cluster must."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await asyncio.wait_for(call(), PATIENCE_S)
        except RPCError as error:
            if error.status not in PASSING or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)
