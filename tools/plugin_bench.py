"""A namespace for each test on one stack, beside one development server for each test module.

    python -m tools.plugin_bench [--engine embedded|compose] [--modules 20] [--tests 10] [--workers 2]

Runs the same tests three times with pytest-xdist: with the pytest plugin and no stack, with the plugin on a
stack that is up, and with a server of `temporalio.testing` for each module, whose namespace the tests share.
Each test has a worker complete a workflow. In the second run further tests make a namespace by the SDK alone
and wait until it is usable: that is what those of the plugin are compared with. Prints what was left, too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

PROGRAMS = Path(sys.executable).parent
TIMES_FASTER = 5.0
PATIENCE_S = 30.0
OVERHEAD_AT_MOST = 0.1
BY_HAND = 10

SERVICE = """
from temporalio import workflow

@workflow.defn(sandboxed=False)
class Greeting:
    @workflow.run
    async def run(self, name: str) -> str:
        return f"Hello {name}"
"""
CONFTEST = """
import asyncio
import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

def note(kind, seconds):
    with open(os.environ["NOTES"], "a") as notes:
        print(json.dumps([kind, seconds]), file=notes)

@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    began = time.perf_counter()
    result = yield
    if fixturedef.argname in {"temporal_namespace", "server"}:
        note(fixturedef.argname, time.perf_counter() - began)
    return result

def in_thread(work):
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()

@pytest.fixture(scope="module")
def server():
    from temporalio.testing import WorkflowEnvironment
    start = WorkflowEnvironment.start_local(dev_server_existing_path=os.environ["TEMPORAL_CLI"])
    environment = in_thread(start)
    yield environment
    in_thread(environment.shutdown())
"""
WITH_PLUGIN = """
import asyncio

import pytest
from service import Greeting

@pytest.mark.parametrize("number", range(TESTS))
def test_a_greeting(temporal_client, temporal_worker, number):
    with temporal_worker(workflows=[Greeting]) as worker:
        work = temporal_client.execute_workflow(
            Greeting.run, "Ada", id="greeting", task_queue=worker.task_queue
        )
        assert asyncio.run(work) == "Hello Ada"
"""
WITH_SERVERS = """
import asyncio
import uuid

import pytest
from devenv.pytest_plugin.workers import WorkerContext
from service import Greeting

@pytest.mark.parametrize("number", range(TESTS))
def test_a_greeting(server, number):
    with WorkerContext(server.client, {"workflows": [Greeting]}) as worker:
        work = server.client.execute_workflow(
            Greeting.run, "Ada", id=uuid.uuid4().hex, task_queue=worker.task_queue
        )
        assert asyncio.run(work) == "Hello Ada"
"""
BY_THE_SDK = """
import asyncio
import time
import uuid
from datetime import timedelta

import pytest
from conftest import note
from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, DeleteNamespaceRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest, RegisterNamespaceRequest, StartWorkflowExecutionRequest
)
from temporalio.client import Client
from temporalio.service import RPCError

async def until_accepted(call, request):
    while True:
        try:
            return await call(request, timeout=timedelta(seconds=10))
        except RPCError as error:
            if "already" in str(error).lower():
                return None
            await asyncio.sleep(0.02)

async def make(address):
    client = await Client.connect(address)
    service, name = client.workflow_service, "by-hand-" + uuid.uuid4().hex[:8]
    began = time.perf_counter()
    retention = Duration(seconds=86400)
    await service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
    )
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await until_accepted(
        client.operator_service.add_search_attributes,
        AddSearchAttributesRequest(namespace=name, search_attributes={"CustomerId": keyword}),
    )
    await until_accepted(
        service.start_workflow_execution,
        StartWorkflowExecutionRequest(
            namespace=name, workflow_id="probe", workflow_type=WorkflowType(name="probe"),
            task_queue=TaskQueue(name="probe"), request_id="probe",
        ),
    )
    request = CountWorkflowExecutionsRequest(namespace=name, query="CustomerId IS NULL")
    while not (await until_accepted(service.count_workflow_executions, request)).count:
        await asyncio.sleep(0.02)
    note("by hand", time.perf_counter() - began)
    await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=name))

@pytest.mark.parametrize("number", range(TESTS))
def test_a_namespace(temporal_stack, number):
    asyncio.run(make(temporal_stack.address))
"""
SEEDS = "namespaces:\n  - {name: orders, search_attributes: {CustomerId: Keyword}}\n"


class Bench:
    """A project with tests of both sorts, and a home of its own for the stacks."""

    def __init__(self, home: Path, given: argparse.Namespace) -> None:
        self._given = given
        self._project = home / "shop"
        self._notes = home / "notes"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
            "XDG_STATE_HOME": str(home / "state"),
            "NOTES": str(self._notes),
            "TEMPORAL_CLI": str(PROGRAMS / "temporal"),
        }
        files = {
            "devenv.toml": f'engine = "{given.engine}"\nnamespace = "orders"\n',
            "seeds/orders.yaml": SEEDS,
            "pytest.ini": "[pytest]\n",
            "conftest.py": CONFTEST,
            "service.py": SERVICE,
            "by_hand/test_by_hand.py": BY_THE_SDK.replace("TESTS", str(BY_HAND)),
        }
        for module in range(given.modules):
            files[f"plugin/test_plugin_{module}.py"] = WITH_PLUGIN.replace("TESTS", str(given.tests))
            files[f"servers/test_servers_{module}.py"] = WITH_SERVERS.replace("TESTS", str(given.tests))
        for path, text in files.items():
            (self._project / path).parent.mkdir(parents=True, exist_ok=True)
            (self._project / path).write_text(text, encoding="utf-8")

    def pytest(self, *paths: str) -> tuple[float, dict[str, list[float]]]:
        """Run tests and return the seconds of it all, and what the tests noted."""
        self._notes.write_text("", encoding="utf-8")
        distribution = ("-n", str(self._given.workers), "--dist", "loadfile")
        command = [str(PROGRAMS / "pytest"), "-q", "-p", "no:cacheprovider", *distribution, *paths]
        began = time.perf_counter()
        self._run(command)
        seconds = time.perf_counter() - began
        noted: dict[str, list[float]] = {}
        for line in self._notes.read_text(encoding="utf-8").splitlines():
            kind, took = json.loads(line)
            noted.setdefault(kind, []).append(took)
        return seconds, noted

    def devenv(self, *arguments: str) -> Any:
        """Return the document that a command of devenv answers."""
        return json.loads(self._run([str(PROGRAMS / "devenv"), *arguments, "-o", "json"]))

    def namespaces(self) -> set[str]:
        """Return those of the stack that is up."""
        return {each["name"] for each in self.devenv("namespace", "list")["namespaces"]}

    def processes(self) -> list[str]:
        """Return the processes that a session has left: its keeper ends a moment after pytest."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            lines = (" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))
            left = [line for line in lines if str(self._project.parent) in line]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.1)

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self._project, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout


def measure(bench: Bench) -> bool:
    """Run everything, print the table, and tell whether the aims are met."""
    alone, _ = bench.pytest("plugin")
    left = bench.processes()
    bench.devenv("up", "--any-port")
    try:
        before = bench.namespaces()
        on_stack, noted = bench.pytest("plugin", "by_hand")
        left += sorted(bench.namespaces() - before)
    finally:
        bench.devenv("down", "--volumes", "--yes")
    servers, started = bench.pytest("servers")
    overhead, by_hand = (statistics.median(noted[kind]) for kind in ("temporal_namespace", "by hand"))
    print(f"load at the end: {os.getloadavg()[0]:.1f}")
    print(f"a namespace each, stack made and removed: {alone:6.1f} s")
    print(f"a namespace each, on a stack that is up:  {on_stack:6.1f} s  (with {BY_HAND} tests by hand)")
    print(
        f"a server for each module:                 {servers:6.1f} s  ({servers / alone:.1f} times as long)"
    )
    print(f"a server starts, median:                  {statistics.median(started['server']):6.3f} s")
    print(f"a namespace by hand until usable, median: {by_hand:6.3f} s")
    print(f"a namespace of the plugin, median:        {overhead:6.3f} s  ({overhead / by_hand:.1%})")
    print(f"left over: {', '.join(left) or 'nothing'}")
    return not left and servers >= TIMES_FASTER * alone and overhead <= OVERHEAD_AT_MOST * by_hand


def main() -> None:
    """Measure, and exit with 1 where an aim is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=["embedded", "compose"], default="embedded")
    for option, default in (("--modules", 20), ("--tests", 10), ("--workers", 2)):
        parser.add_argument(option, type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        is_met = measure(Bench(Path(directory).resolve(), given))
    raise SystemExit(0 if is_met else 1)


if __name__ == "__main__":
    main()
