"""What a snapshot promises, shown on real servers of every engine: a class of `SnapshotSuite` for each.

`just snapshots` has as many workflows and kills as the issue asks for; in CI there are few, on the embedded
engine. The tests of a class share its stacks, in the order in which they stand here.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from e2e.command_line import Cli
from e2e.polling import eventually
from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from devenv.engines.host.ports import any_free
from devenv.stack.interrupted import NOTE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
    from pathlib import Path

    from e2e.command_line import Result

T = TypeVar("T")

COMPLETED, RUNNING, KILLS = (
    int(each) for each in os.environ.get("TEMPORAL_DEVENV_TEST_SNAPSHOTS", "20,5,2").split(",")
)
QUEUE = "snapshots"
NAMESPACE = "default"
SIDE_BY_SIDE = 40
STARTERS = 4
PATIENCE_S = 300
PASSING = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
}
SLOW = {"timeout_s": 900.0}


@workflow.defn(name="Doubling", sandboxed=False)
class Doubling:
    """Doubles a number: at once, or when it is told to."""

    def __init__(self) -> None:
        self._may_go_on = False

    @workflow.run
    async def run(self, number: int, waits: bool) -> int:  # noqa: FBT001  a workflow's arguments have no names
        await workflow.wait_condition(lambda: self._may_go_on or not waits)
        return 2 * number

    @workflow.signal
    def go_on(self) -> None:
        """Have it end."""
        self._may_go_on = True


@dataclass
class Starter:
    """Starts workflows that nobody works on, one by one; `answered` are those that the server took."""

    name: str
    address: str
    answered: list[str] = field(default_factory=list)
    is_over: bool = False

    async def work(self) -> None:
        client = await Client.connect(self.address, namespace=NAMESPACE)
        while not self.is_over:
            identifier = f"{self.name}-{len(self.answered):05}"
            await _started(client, "Nobody", identifier, "nobody")
            self.answered.append(identifier)


@dataclass(frozen=True)
class Projects:
    """Two projects of one user, the first of which is up; they differ in their names and ports alone."""

    source: Cli
    copy: Cli

    @classmethod
    def make(cls, directory: Path, settings: str, variables: Mapping[str, str]) -> Projects:
        """Return them with `settings`, on ports that nobody else has now, below an empty `directory`."""
        (home := directory / "home").mkdir()
        made = []
        for name in ("source", "copy"):
            ports = "".join(f"{port} = {any_free()}\n" for port in ("grpc", "ui", "http"))
            (project := directory / name).mkdir()
            (project / "devenv.toml").write_text(f"{settings}[ports]\n{ports}")
            made.append(Cli(project, home, variables))
        return cls(*made)

    def remove(self) -> None:
        """Take both away."""
        for cli in (self.source, self.copy):
            cli.run("down", "--volumes", "--yes")


class SnapshotSuite:
    """Of a class, the fixture `projects` are two, the first of which is up."""

    def test_every_workflow_is_there_on_another_stack_and_goes_on(self, projects: Projects) -> None:
        """Found by query and by history, byte for byte; so is what was written while it was saved."""
        cli = projects.source
        source = _address(cli)
        known = _run(_make(source))
        before = _run(_histories(source, known))
        starters = [Starter(f"written-{number}", source) for number in range(STARTERS)]
        saved = _run(_beside(starters, lambda: cli.run("snapshot", "save", "full", **SLOW)))
        assert saved.exit == 0, saved
        written = {each for starter in starters for each in starter.answered}
        eventually(lambda: _found(source, "") >= written | set(known), within_s=PATIENCE_S)

        _answer(projects.copy, "up", "--snapshot", "full")
        copy = _address(projects.copy)
        assert _run(_histories(copy, known)) == before
        existing = _run(_existing(copy, written))
        for starter in starters:
            of_it = [each in existing for each in starter.answered]
            # What it was told is stored, up to one moment.
            assert of_it == sorted(of_it, reverse=True), starter
        expected = existing | set(known)
        eventually(lambda: _found(copy, "") == expected, within_s=PATIENCE_S)
        eventually(lambda: _count(copy, "ExecutionStatus = 'Completed'") == COMPLETED, within_s=PATIENCE_S)
        assert _run(_finish(copy)) == [2 * number for number in range(RUNNING)]
        print(f"\n{len(known)} workflows, {len(written)} written meanwhile, {len(existing)} of them saved")
        print(saved.err.strip().splitlines()[-1])

    def test_a_save_that_is_killed_leaves_a_server_that_serves_and_no_half(self, projects: Projects) -> None:
        """Whatever the moment; the next command is `status`, or another save."""
        cli = projects.source
        address = _address(cli)
        expected = eventually(lambda: _count(address, ""), within_s=PATIENCE_S)
        took = _seconds(lambda: _answer(cli, "snapshot", "save", "timed"))
        for number in range(KILLS):
            _killed(took, cli, "snapshot", "save", f"killed-{number}")
            status = cli.run("status", "-o", "json", **SLOW)
            assert status.document["state"] == "ready", status
            eventually(lambda: _count(address, "") == expected, within_s=PATIENCE_S)
            sound = {each["name"]: each["problem"] for each in _answer(cli, "snapshot", "list")["snapshots"]}
            assert set(sound.values()) == {""}
            _answer(cli, "snapshot", "save", f"next-{number}")
            for name in (f"next-{number}", *(each for each in sound if each.startswith("killed"))):
                _answer(cli, "snapshot", "rm", name)
            is_saved = f"killed-{number}" in sound
            print(f"kill {number}: {'saved' if is_saved else 'not saved'}; {status.err.strip()}")
        assert not list(_snapshots(cli).glob(".*"))

    def test_a_restore_that_is_killed_leaves_the_old_data_or_the_new(self, projects: Projects) -> None:
        """Never half of either, and the next `up` works."""
        cli, restore = projects.copy, ("snapshot", "restore", "full", "--yes")
        took = _seconds(lambda: _answer(cli, *restore))
        new = eventually(lambda: _count(_address(cli), ""))
        for number in range(KILLS):
            old = f"old-{number}"
            _run(_start(_address(cli), old))
            _killed(took, cli, *restore)
            up = cli.run("up", "-o", "json", **SLOW)
            assert (up.exit, up.document.get("state")) == (0, "ready"), up
            address = _address(cli)
            is_old = bool(_run(_existing(address, [old])))
            eventually(partial(_has_at_least, new, address), within_s=PATIENCE_S)
            print(f"kill {number}: the {'old' if is_old else 'new'} data")

    def test_a_full_disk_is_said_and_the_stack_serves_on(self, projects: Projects) -> None:
        """Nothing half-written is left."""
        cli = projects.source
        # Python would keep half of the code that it compiles, too.
        limited = cli.with_variables(PYTHONDONTWRITEBYTECODE="1")
        result = limited.shell("ulimit -f 64; exec devenv snapshot save too-large -o json")
        assert result.exit == 1, result
        assert "make room" in result.error["hint"]
        assert not list(_snapshots(cli).glob("*too-large*"))
        assert not list(_snapshots(cli).glob(".*"))
        assert _answer(cli, "status")["state"] == "ready"


def _has_at_least(count: int, address: str) -> bool:
    return _count(address, "") >= count


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _killed(took_s: float, cli: Cli, *arguments: str) -> None:
    """Kill a command, which has taken `took_s` before, at a random moment since it noted what it does."""
    [directory] = (cli.home / "state" / "temporal-devenv" / "stacks").glob(f"{cli.project.name}-*")
    note = directory / NOTE
    began = time.monotonic()
    process = cli.start(*arguments)
    while not note.exists() and process.poll() is None:
        time.sleep(0.005)
    time.sleep(random.uniform(0, max(0.0, took_s - (time.monotonic() - began))))
    process.kill()
    process.communicate()


def _snapshots(cli: Cli) -> Path:
    return cli.home / "state" / "temporal-devenv" / "snapshots"


def _answer(cli: Cli, *arguments: str) -> Any:
    result = cli.run(*arguments, "-o", "json", **SLOW)
    assert result.exit == 0, result
    return result.document


def _address(cli: Cli) -> str:
    return str(_answer(cli, "status")["endpoints"]["grpc"])


async def _beside(starters: Sequence[Starter], command: Callable[[], Result]) -> Result:
    """Run `command` while the starters are at work, and a little longer."""
    work = [asyncio.create_task(starter.work()) for starter in starters]
    await asyncio.sleep(1)
    result = await asyncio.to_thread(command)
    await asyncio.sleep(1)
    for starter in starters:
        starter.is_over = True
    await asyncio.gather(*work)
    return result


async def _make(address: str) -> list[str]:
    """Have workflows completed, and others wait; return the ids of all."""
    client = await Client.connect(address, namespace=NAMESPACE)
    async with _worker(client):
        identifiers = [f"done-{each}" for each in range(COMPLETED)]
        await _many(
            lambda number: _started(client, "Doubling", identifiers[number], QUEUE, number, False),
            range(COMPLETED),
        )
        await _many(
            lambda number: _patient(client.get_workflow_handle(identifiers[number]).result), range(COMPLETED)
        )
        await _many(
            lambda number: _started(client, "Doubling", f"open-{number}", QUEUE, number, True), range(RUNNING)
        )
        # Until each has had its first task, its history is not at rest.
        for number in range(RUNNING):
            handle = client.get_workflow_handle(f"open-{number}")
            await _patient(partial(handle.query, "__stack_trace"))
    return identifiers + [f"open-{each}" for each in range(RUNNING)]


async def _finish(address: str) -> list[int]:
    client = await Client.connect(address, namespace=NAMESPACE)
    async with _worker(client):
        handles = [client.get_workflow_handle(f"open-{number}", result_type=int) for number in range(RUNNING)]
        for handle in handles:
            await _patient(partial(handle.signal, "go_on"))
        return [await _patient(handle.result) for handle in handles]


def _worker(client: Client) -> Worker:
    return Worker(client, task_queue=QUEUE, workflows=[Doubling], max_cached_workflows=2000)


async def _many(call: Callable[[int], Awaitable[T]], numbers: Iterable[int]) -> list[T]:
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int) -> T:
        async with limit:
            return await call(number)

    return list(await asyncio.gather(*map(one, numbers)))


async def _histories(address: str, identifiers: Sequence[str]) -> dict[str, bytes]:
    """Return every history as the server sends it."""
    client = await Client.connect(address, namespace=NAMESPACE)

    async def history(number: int) -> bytes:
        request = GetWorkflowExecutionHistoryRequest(
            namespace=NAMESPACE, execution=WorkflowExecution(workflow_id=identifiers[number])
        )
        get = client.workflow_service.get_workflow_execution_history
        response = await _patient(partial(get, request))
        assert not response.next_page_token
        return response.history.SerializeToString(deterministic=True)

    found = await _many(history, range(len(identifiers)))
    return dict(zip(identifiers, found, strict=True))


async def _existing(address: str, identifiers: Iterable[str]) -> set[str]:
    """Return those of `identifiers` whose workflows exist, listed or not."""
    client = await Client.connect(address, namespace=NAMESPACE)
    names = sorted(identifiers)

    async def exists(number: int) -> bool:
        try:
            await _patient(client.get_workflow_handle(names[number]).describe)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    found = await _many(exists, range(len(names)))
    return {name for name, is_there in zip(names, found, strict=True) if is_there}


async def _start(address: str, identifier: str) -> None:
    client = await Client.connect(address, namespace=NAMESPACE)
    await _started(client, "Nobody", identifier, "nobody")


async def _started(client: Client, kind: str, identifier: str, queue: str, *arguments: object) -> None:
    """Start a workflow; whoever tries it again was perhaps answered before."""
    start = partial(client.start_workflow, kind, args=arguments, id=identifier, task_queue=queue)
    with suppress(WorkflowAlreadyStartedError):
        await _patient(start)


async def _patient(call: Callable[[], Awaitable[T]]) -> T:
    """Return what `call` returns; a server that is held, or on a busy machine, may refuse it for a while."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await call()
        except RPCError as error:
            is_passing = error.status in PASSING
            if not is_passing or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


def _found(address: str, query: str) -> set[str]:
    async def found() -> set[str]:
        client = await Client.connect(address, namespace=NAMESPACE)
        return {each.id async for each in client.list_workflows(query)}

    return _run(found())


def _count(address: str, query: str) -> int:
    async def count() -> int:
        client = await Client.connect(address, namespace=NAMESPACE)
        return (await client.count_workflows(query)).count

    return _run(count())


def _run(work: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
