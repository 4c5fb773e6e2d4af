"""The add-on `backups` on the real stack: what is archived, and what a restore brings back.

`just backups` has more workflows, kills the restore at more moments, and on both visibility stores.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from e2e.engine_view import docker
from e2e.polling import eventually
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.worker import Worker

from devenv.project.builtin import addons_dir

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

T = TypeVar("T")
LONG = os.environ.get("TEMPORAL_DEVENV_TEST_BACKUPS")
WORKFLOWS = int(LONG or "20")
# What a restore says when it is killed, and whether the data is the new one then: None, it may be either.
MOMENTS: list[tuple[str, bool | None]] = [
    ("recovering", False),
    ("ending the services", False),
    ("replacing the data", None),
    ("services are starting", True),
    ("clean-up", True),
]
KILLED_AT = MOMENTS if LONG else MOMENTS[:1]
STORES = ["opensearch", "postgres"] if LONG else ["opensearch"]
QUEUE, CUSTOMER = "backed-up", "CustomerId"
# It ends after the moment that is restored, and before the stack is back.
NAP = timedelta(seconds=15 + WORKFLOWS / 5)
PATIENCE_S = 300
SEEDS = f"namespaces:\n  - name: default\n    search_attributes: {{{CUSTOMER}: Keyword}}\n"
SWITCH_SEGMENT = "BEGIN; SELECT txid_current(); COMMIT; SELECT pg_switch_wal()"

# What is beside has the file of a history, as each database that was recovered once.
RECOVERED_AND_SETTLED = """
new=/devenv/postgres-data/postgres-data
install -d -o postgres -m 0700 /devenv/postgres-data "$new"
gosu postgres initdb --username=temporal --no-sync "$new" >/dev/null
echo 'CREATE DATABASE temporal' | gosu postgres postgres --single -D "$new" postgres >/dev/null
echo '1 0/1000000 before' | gosu postgres tee "$new/pg_wal/00000001.history" >/dev/null
sh -c "$SETTLE" settle commit
pg_controldata /devenv/postgres-data | sed -n "s/^Latest checkpoint's \\(TimeLineID\\): */\\1 /p"
"""


@workflow.defn(name="Waiting", sandboxed=False)
class Waiting:
    """Returns a number at once, when it is told to, or after a nap."""

    def __init__(self) -> None:
        self._may_go_on = False

    @workflow.run
    async def run(self, number: int, how: str) -> int:
        if how == "naps":
            await workflow.sleep(NAP)
        await workflow.wait_condition(lambda: self._may_go_on or how != "waits")
        return number

    @workflow.signal
    def go_on(self) -> None:
        """Have it end."""
        self._may_go_on = True


@pytest.fixture(scope="module", params=STORES)
def backed_up(module_yard: Yard, request: pytest.FixtureRequest) -> Stack:
    """Return a stack with the add-on that is up."""
    settings = f'visibility = "{request.param}"\ntimeout = "10m"\n[addons]\nbackups = true\n'
    files = {"devenv.toml": settings, "seeds/orders.yaml": SEEDS}
    stack = module_yard.project(f"backed-up-{request.param}", files)
    stack.up()
    return stack


def listed(stack: Stack) -> list[Any]:
    """Return its backups."""
    return list(stack.cli.answer("backup", "list")["backups"])


def alerts(stack: Stack) -> Any:
    return json.loads(stack.cli.run("status", "-o", "json").out)["alerts"]


def in_repository(stack: Stack, *command: str) -> str:
    """Run a command where the backups are."""
    return docker("exec", f"{stack.name}-postgres-1", *command)


def run_in_image(stack: Stack, options: Sequence[str], script: str) -> str:
    """Run a script as root in a container of its own of the image that Postgres has with the add-on."""
    image = docker("inspect", "--format={{.Config.Image}}", f"{stack.name}-postgres-1").strip()
    entry = ("--user=0", "--network=none", "--entrypoint=sh", image, "-ec", script)
    return docker("run", "--rm", *options, *entry)


def run(work: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def identifiers(how: str) -> list[str]:
    return [f"{how}-{number}" for number in range(WORKFLOWS)]


async def start(address: str) -> None:
    """Have workflows of each sort: those that are over, those that wait, and those that nap for a while."""
    client = await Client.connect(address)
    key = SearchAttributeKey.for_keyword(CUSTOMER)
    attributes = TypedSearchAttributes([SearchAttributePair(key, "acme")])
    async with Worker(client, task_queue=QUEUE, workflows=[Waiting]):
        for how in ("returns", "waits", "naps"):
            for number, identifier in enumerate(identifiers(how)):
                handle = await client.start_workflow(
                    Waiting.run,
                    args=[number, how],
                    id=identifier,
                    task_queue=QUEUE,
                    search_attributes=attributes,
                )
                # Its first task is done, so that nothing happens in it by itself.
                await (handle.result() if how == "returns" else handle.query("__stack_trace"))


async def histories(address: str) -> dict[str, bytes]:
    """Return the history of every workflow as the server sends it."""
    client = await Client.connect(address)
    found = {}
    for identifier in [each for how in ("returns", "waits", "naps") for each in identifiers(how)]:
        history = await client.get_workflow_handle(identifier).fetch_history()
        found[identifier] = b"".join(each.SerializeToString(deterministic=True) for each in history.events)
    return found


async def found_by(address: str, query: str) -> dict[str, str]:
    """Return the status of each workflow that a query finds, by its id."""
    client = await Client.connect(address)
    return {each.id: str(each.status and each.status.name) async for each in client.list_workflows(query)}


async def described(address: str, names: list[str]) -> dict[str, str]:
    """Return the status of each workflow as its own history has it."""
    client = await Client.connect(address)
    statuses = {name: (await client.get_workflow_handle(name).describe()).status for name in names}
    return {name: str(status and status.name) for name, status in statuses.items()}


async def finish(address: str) -> list[int]:
    """Have all go on that wait, and return what they and those that nap return."""
    client = await Client.connect(address)
    async with Worker(client, task_queue=QUEUE, workflows=[Waiting]):
        for identifier in identifiers("waits"):
            await client.get_workflow_handle(identifier).signal(Waiting.go_on)
        names = [*identifiers("waits"), *identifiers("naps")]
        handles = [client.get_workflow_handle(name, result_type=int) for name in names]
        return [await handle.result() for handle in handles]


async def wreck(address: str) -> None:
    """Terminate every workflow that runs, and start another."""
    client = await Client.connect(address)
    for identifier in [*identifiers("waits"), *identifiers("naps")]:
        await client.get_workflow_handle(identifier).terminate()
    await client.start_workflow("Nobody", id="after", task_queue="nobody")


def killed_restore(stack: Stack, moment: str, said: str) -> None:
    """Kill a restore to `moment` within a second after it has `said` something."""
    process = stack.cli.start("restore", "--to", moment, "--yes", "--no-snapshot", "-o", "jsonl")
    assert process.stdout is not None
    assert any(said in line for line in process.stdout), f"never said: {said}"
    time.sleep(random.uniform(0, 1))
    process.kill()
    process.communicate()


def test_up_makes_the_first_backup_and_a_second_up_none(backed_up: Stack) -> None:
    """A database that was not started since has one already."""
    [first] = listed(backed_up)
    assert first["kind"] == "full"
    backed_up.up()
    assert listed(backed_up) == [first]
    assert alerts(backed_up) == []


def test_what_cannot_be_archived_is_kept_and_told_until_it_can(backed_up: Stack) -> None:
    """No backup is half made meanwhile, and what there was is as it was."""
    before = listed(backed_up)
    in_repository(backed_up, "chmod", "0", "/var/lib/pgbackrest/archive")
    assert backed_up.cli.run("psql", "--", "-c", SWITCH_SEGMENT).exit == 0
    [alert] = eventually(lambda: alerts(backed_up))
    assert "the write-ahead log is not archived" in alert
    refused = backed_up.cli.run("backup", "now", "-o", "json")
    assert refused.document["error"]["code"] == "backup-failed"
    in_repository(backed_up, "chmod", "0750", "/var/lib/pgbackrest/archive")
    made = backed_up.cli.answer("backup", "now")["backup"]
    eventually(lambda: not alerts(backed_up))
    assert listed(backed_up) == [*before, made]


@pytest.mark.parametrize(("timeline", "begun"), [("0000002A", 42), ("00000000", 2)])
def test_data_of_an_earlier_moment_begins_a_history_of_its_own(
    backed_up: Stack, timeline: str, begun: int
) -> None:
    """Also that of a snapshot of a recovered database: else the archive gets two segments of one name.

    A clock that was put back changes nothing of that.
    """
    settle = files("devenv.engines.compose").joinpath("settle.sh").read_text()
    variables = (f"--env=SETTLE={settle}", f"--env=TIMELINE={timeline}", "--env=POSTGRES_PASSWORD=new")
    said = run_in_image(backed_up, variables, RECOVERED_AND_SETTLED)
    assert said.splitlines() == ["restored", f"TimeLineID {begun}"]


def test_a_backup_is_recovered_along_the_history_that_it_is_on(backed_up: Stack) -> None:
    """Also where a later one, as each restore begins one, does not come from it."""
    [archive] = in_repository(backed_up, "sh", "-c", "ls -d /var/lib/pgbackrest/archive/temporal/*-1").split()
    in_repository(backed_up, "sh", "-c", f"echo '42 0/1000000 before' >{archive}/7FFFFFFE.history")
    script = (addons_dir() / "backups" / "recover.sh").read_text()
    variables = (f"--env=BACKUP={listed(backed_up)[0]['name']}", "--env=UNTIL=")
    places = (f"--volume={backed_up.name}_backups:/devenv/backups", "--tmpfs=/devenv/postgres-data")
    repository = "--env=PGBACKREST_REPO1_PATH=/devenv/backups"
    state = "pg_controldata /devenv/postgres-data/postgres-data | grep state"
    said = run_in_image(backed_up, (*variables, *places, repository), f"{script}\n{state}")
    in_repository(backed_up, "rm", f"{archive}/7FFFFFFE.history")
    assert said.split(":")[1].strip() == "shut down"


def test_a_restore_to_the_second_before_brings_every_workflow_back(
    backed_up: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its history, byte for byte; what is listed is what there is, and what ran goes on.

    Before that the restore is killed: the data is the old or the new, never half of each.
    """
    run(start(backed_up.grpc))
    before = run(histories(backed_up.grpc))
    moment = datetime.now(UTC).isoformat()
    time.sleep(1)
    run(wreck(backed_up.grpc))
    for said, expected in KILLED_AT:
        killed_restore(backed_up, moment, said)
        status = json.loads(backed_up.cli.run("status", "-o", "json").out)
        backed_up.up()
        found = run(found_by(backed_up.grpc, ""))
        is_old = "after" in found
        assert is_old is not expected
        assert found == run(described(backed_up.grpc, [*before, *(["after"] if is_old else [])]))
        assert found["waits-0"] == ("TERMINATED" if is_old else "RUNNING")
        with capsys.disabled():
            sys.stdout.write(
                f"\nkilled at {said}: {status['state']}, the {'old' if is_old else 'new'} data\n"
            )
        if not is_old:
            run(wreck(backed_up.grpc))
    assert backed_up.cli.run("psql", "--", "-c", "DROP TABLE executions").exit == 0

    began = time.monotonic()
    backed_up.document = backed_up.cli.answer("restore", "--to", moment, "--yes")
    with capsys.disabled():
        sys.stdout.write(f"\nrestored in {time.monotonic() - began:.1f} s\n")
    assert backed_up.document["state"] == "ready"
    after = run(histories(backed_up.grpc))
    # Timers that were due in between have fired since.
    assert {name: history[: len(before[name])] for name, history in after.items()} == before
    assert [name for name in before if after[name] != before[name]] == identifiers("naps")
    found = run(found_by(backed_up.grpc, ""))
    assert found == run(described(backed_up.grpc, list(before)))
    assert run(found_by(backed_up.grpc, f"{CUSTOMER} = 'acme'")) == found
    numbers = list(range(WORKFLOWS))
    # What naps was due while nobody served it.
    assert run(finish(backed_up.grpc)) == [*numbers, *numbers]
    assert alerts(backed_up) == []
    eventually(lambda: set(run(found_by(backed_up.grpc, "")).values()) == {"COMPLETED"}, within_s=PATIENCE_S)
