"""The pytest plugin in sessions of its own, on the embedded engine, as the projects of users have it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli
from e2e.polling import eventually
from integration.plugin_projects import DEVENV_TOML, SEEDS, lay_out, processes_of, run

from devenv.engines.host import ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY_STYLE = """
import asyncio

import pytest
from service import Greeting, greet

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.asyncio
async def test_with_pytest_asyncio(temporal_client, temporal_worker):
    async with temporal_worker(workflows=[Greeting], activities=[greet]) as worker:
        greeting = await temporal_client.execute_workflow(
            Greeting.run, "Ada", id="greeting", task_queue=worker.task_queue
        )
    assert greeting == "Hello Ada"

@pytest.mark.anyio
async def test_with_anyio(temporal_client, temporal_worker):
    async with temporal_worker(workflows=[Greeting], activities=[greet]) as worker:
        greeting = await temporal_client.execute_workflow(
            Greeting.run, "Ada", id="greeting", task_queue=worker.task_queue
        )
    assert greeting == "Hello Ada"

def test_without_a_plugin(temporal_client, temporal_worker):
    with temporal_worker(workflows=[Greeting], activities=[greet]) as worker:
        greeting = asyncio.run(temporal_client.execute_workflow(
            Greeting.run, "Ada", id="greeting", task_queue=worker.task_queue
        ))
    assert greeting == "Hello Ada"
"""
NAMESPACES = """
import asyncio
import os

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

def attributes(client):
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = asyncio.run(client.operator_service.list_search_attributes(request))
    return set(answer.custom_attributes)

def note(namespace):
    with open(os.environ["NOTES"], "a") as notes:
        print(namespace, file=notes)

@pytest.mark.parametrize("number", range(4))
def test_has_what_is_declared(temporal_client, number):
    note(temporal_client.namespace)
    found = attributes(temporal_client)
    assert "CustomerId" in found
    assert "Total" not in found

@pytest.mark.temporal(search_attributes={"Total": "Double"})
def test_has_what_it_wishes(temporal_client):
    note(temporal_client.namespace)
    assert {"CustomerId", "Total"} <= attributes(temporal_client)

def test_leads_other_programs_there(temporal_stack):
    assert temporal_stack.env["TEMPORAL_ADDRESS"] == temporal_stack.address
    assert temporal_stack.ui_url.startswith("http://127.0.0.1:")
    assert (temporal_stack.engine, temporal_stack.namespace) == ("embedded", "orders")

@pytest.mark.temporal(engine="compose")
def test_needs_containers(temporal_stack):
    raise AssertionError
"""
BAD_MARKERS = """
import pytest

@pytest.mark.temporal(serach_attributes={"Total": "Double"})
def test_misspelt(temporal_namespace):
    pass

@pytest.mark.temporal(search_attributes={"Total": "Decimal"})
def test_of_no_type(temporal_namespace):
    pass

@pytest.mark.temporal(engine="kubernetes")
def test_of_no_engine(temporal_namespace):
    pass

@pytest.mark.temporal(dynamic_config=["limit.blobSize.error"])
def test_of_no_dictionary(temporal_namespace):
    pass

@pytest.mark.temporal("compose")
def test_by_position(temporal_namespace):
    pass

@pytest.mark.temporal(search_attributes={f"Key{number}": "Keyword" for number in range(40)})
def test_of_too_many(temporal_namespace):
    pass
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in which the inner tests note their namespaces."""
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    return tmp_path / "notes"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[Cli]:
    """A stack that is up, of a project like those of the sessions."""
    directory = tmp_path_factory.mktemp("projects") / "orders"
    (directory / "seeds").mkdir(parents=True)
    (directory / "devenv.toml").write_text(DEVENV_TOML, "utf-8")
    (directory / "seeds" / "orders.yaml").write_text(SEEDS, "utf-8")
    cli = Cli(directory.resolve(), run_home, {"DOCKER_HOST": f"unix://{run_home}/no-engine.sock"})
    try:
        cli.answer("up", "--any-port")
        yield cli
    finally:
        cli.run("down", "--volumes", "--yes")


def namespaces(stack: Cli) -> set[str]:
    """Return the namespaces that the stack has now."""
    return {each["name"] for each in stack.answer("namespace", "list")["namespaces"]}


@pytest.fixture
def adopted(stack: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The stack, which the variable names to the sessions of this test."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.answer("up")["endpoints"]["grpc"])
    return stack


def test_a_session_starts_a_stack_and_leaves_nothing(
    pytester: pytest.Pytester, isolated: Path, notes: Path
) -> None:
    """Its tests have a namespace each, as declared and as they wish."""
    lay_out(pytester, test_namespaces=NAMESPACES)
    result = run(pytester, "-rs")
    result.assert_outcomes(passed=6, skipped=1)
    result.stdout.fnmatch_lines(["*for the engine compose, and the stack runs on embedded*"])
    taken = notes.read_text("utf-8").split()
    assert len(set(taken)) == len(taken) == 5
    assert processes_of(isolated, pytester.path) == []
    assert list((isolated / "XDG_STATE_HOME").rglob("*.db")) == []


def test_coroutines_of_every_plugin_and_plain_functions_work(pytester: pytest.Pytester, adopted: Cli) -> None:
    """Client and worker are those of the test's event loop, whoever runs it; the stack stays as it was."""
    before = namespaces(adopted)
    lay_out(pytester, test_styles=EVERY_STYLE)
    run(pytester).assert_outcomes(passed=3)
    assert namespaces(adopted) == before


def test_a_module_can_share_a_namespace(pytester: pytest.Pytester, adopted: Cli, notes: Path) -> None:
    """By an ini key or an option; a test that wishes a namespace of its own is told that it has none."""
    lay_out(pytester, test_namespaces=NAMESPACES)
    result = run(pytester, "--temporal-namespace-scope=module", "-k", "declared or wishes")
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["*test_namespaces.py:*: search_attributes of @pytest.mark.temporal is for a namespace of*"]
    )
    assert len(set(notes.read_text("utf-8").split())) == 1


def test_a_mistake_in_a_marker_is_told_with_its_place(pytester: pytest.Pytester, adopted: Cli) -> None:
    """And what would be right."""
    lay_out(pytester, test_markers=BAD_MARKERS)
    result = run(pytester)
    result.assert_outcomes(errors=6)
    result.stdout.fnmatch_lines(
        [
            "test_markers.py:3: serach_attributes *is not known: did you mean search_attributes?",
            "test_markers.py:7: @pytest.mark.temporal: search attribute Total: *",
            "test_markers.py:11: engine *must be one of compose, embedded, not 'kubernetes'",
            "test_markers.py:15: dynamic_config *must be a dictionary such as *",
            "test_markers.py:19: @pytest.mark.temporal takes engine, *, each by its name",
            "test_markers.py:23: 1 of 42 changes could not be applied",
            "*of type Keyword*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_server_that_does_not_answer_is_told_in_a_sentence(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the address, and without a traceback of gRPC."""
    address = f"127.0.0.1:{ports.any_free()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    lay_out(pytester, test_styles=EVERY_STYLE)
    result = run(pytester)
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(
        [f"The Temporal server on {address} does not answer", "hint: *unset TEMPORAL_ADDRESS*"]
    )
    for word in ("Traceback", "tonic", "Status {"):
        result.stdout.no_fnmatch_line(f"*{word}*")


def test_a_wrong_declaration_is_told_with_its_place(pytester: pytest.Pytester) -> None:
    """As every command tells it."""
    lay_out(pytester, test_namespaces=NAMESPACES)
    pytester.makefile(".toml", devenv='engnie = "embedded"\n')
    result = run(pytester, "-k", "declared")
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*devenv.toml:1*engnie*"])


def test_a_wrong_ini_key_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """Before anything is collected."""
    pytester.makefile(".ini", pytest="[pytest]\ntemporal_namespace_scope = suite\n")
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *pytest.ini: temporal_namespace_scope must be one of function, *"])


def test_help_has_the_options_and_the_keys(pytester: pytest.Pytester) -> None:
    """In a section of their own."""
    result = run(pytester, "--help")
    result.stdout.fnmatch_lines(["Temporal (temporal-devenv):", "*--temporal-engine=*"])
    result.stdout.fnmatch_lines(["*temporal_namespace_like*"])


def test_a_project_without_these_fixtures_imports_nothing_for_them(pytester: pytest.Pytester) -> None:
    """pytest imports the plugin everywhere; Temporal, Docker and the core of devenv are for who uses it."""
    pytester.makepyfile("def test_something(): pass")
    program = (
        "import sys, pytest\n"
        "assert pytest.main(['--collect-only', '-q']) == 0\n"
        "assert 'devenv.pytest_plugin' in sys.modules\n"
        "print('modules:', *sorted(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = done.stdout.partition("modules:")[2].split()
    devenv = {name for name in modules if name.partition(".")[0] == "devenv"}
    own = {name for name in devenv if name.startswith("devenv.pytest_plugin")}
    assert devenv - own == {"devenv", "devenv.registry"}
    assert {"temporalio", "docker", "pydantic", "filelock", "socket"} & set(modules) <= {"socket"}


FAILING = """
import asyncio
from datetime import timedelta

from temporalio import activity, workflow

@activity.defn
def charge(order: str) -> str:
    raise ValueError(f"no card for {order}")

@workflow.defn
class Order:
    @workflow.run
    async def run(self, order: str) -> str:
        from temporalio.common import RetryPolicy
        once = RetryPolicy(maximum_attempts=1)
        limit = timedelta(seconds=30)
        return await workflow.execute_activity(charge, order, start_to_close_timeout=limit, retry_policy=once)

def test_fails(temporal_client, temporal_worker):
    with temporal_worker(workflows=[Order], activities=[charge]) as worker:
        asyncio.run(temporal_client.execute_workflow(
            Order.run, "book", id="order/1", task_queue=worker.task_queue
        ))
"""


def test_the_report_of_a_failure_has_the_last_events(pytester: pytest.Pytester, adopted: Cli) -> None:
    """Of each workflow, with what its activities failed with, and its page of the Web UI."""
    before = namespaces(adopted)
    pytester.makepyfile(test_failing=FAILING)
    result = run(pytester, "--temporal-keep-failed", str(pytester.path / "test_failing.py"))
    result.assert_outcomes(failed=1)
    [kept] = namespaces(adopted) - before
    result.stdout.fnmatch_lines(
        [
            f"*Temporal workflows in {kept} (kept)*",
            "order/1 (Order): failed",
            "*activity task scheduled: charge",
            "*activity task failed: ValueError: no card for book",
            "*workflow execution failed: * <- ValueError: no card for book",
        ]
    )
    adopted.answer("namespace", "delete", kept, "--yes")


WORKERS = """
import json
import os
import signal
import time
from pathlib import Path

import pytest

@pytest.mark.parametrize("number", range(8))
def test_notes_where_it_is(temporal_stack, temporal_namespace, number):
    worker = os.environ["PYTEST_XDIST_WORKER"]
    with open(os.environ["NOTES"], "a") as notes:
        print(json.dumps([worker, os.getpid(), temporal_stack.address, temporal_namespace]), file=notes)
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
"""


def test_workers_share_a_stack_and_one_that_is_killed_leaves_nothing(
    pytester: pytest.Pytester, isolated: Path, notes: Path
) -> None:
    """The last one of them to end has the stack removed; the namespace of the killed one goes with it."""
    lay_out(pytester, test_workers=WORKERS)
    result = run(pytester, "-n", "2")
    result.stdout.fnmatch_lines(["*crashed while running*test_notes_where_it_is*3*", "*1 failed, 7 passed*"])
    told = [json.loads(line) for line in notes.read_text("utf-8").splitlines()]
    assert len({address for _, _, address, _ in told}) == 1
    assert len({worker for worker, *_ in told}) >= 2
    assert processes_of(isolated, pytester.path) == []


def test_what_a_killed_worker_took_is_deleted_on_a_stack_that_stays(
    pytester: pytest.Pytester, adopted: Cli, notes: Path
) -> None:
    """The kernel closes its connection, and the keeper hears of it."""
    before = namespaces(adopted)
    lay_out(pytester, test_workers=WORKERS)
    run(pytester, "-n", "1")
    assert len(notes.read_text("utf-8").splitlines()) == 8
    assert namespaces(adopted) == before


WAITING = """
import os
import time

def test_waits(temporal_namespace):
    open(os.environ["NOTES"], "a").close()
    time.sleep(120)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_a_session_that_is_ended_leaves_nothing(
    pytester: pytest.Pytester, isolated: Path, notes: Path, number: signal.Signals
) -> None:
    """By Ctrl-C, which goes to the whole terminal, or killed: then the keeper does it alone."""
    lay_out(pytester, test_waiting=WAITING)
    session = pytester.popen(
        [sys.executable, "-m", "pytest"], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        eventually(notes.exists, within_s=120)
    finally:
        os.killpg(session.pid, number)
        session.communicate(timeout=120)
    # The keeper has removed everything when pytest has its answer, and ends a moment later.
    eventually(lambda: not processes_of(isolated, pytester.path), within_s=60)
