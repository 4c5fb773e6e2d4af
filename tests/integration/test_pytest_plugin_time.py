"""The pytest plugin has a server that skips time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
from e2e.polling import eventually
from integration.plugin_projects import lay_out, run

if TYPE_CHECKING:
    import pytest

TIME_SKIPPING = """
import asyncio
from datetime import timedelta

import pytest
from temporalio import workflow

@workflow.defn
class Reminder:
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(timedelta(days=30).total_seconds())
        return "a month later"

@pytest.mark.asyncio
async def test_with_a_coroutine(temporal_time_skipping):
    before = await temporal_time_skipping.now()
    async with temporal_time_skipping.worker(workflows=[Reminder]) as worker:
        reminder = await temporal_time_skipping.client.execute_workflow(
            Reminder.run, id="reminder", task_queue=worker.task_queue
        )
    assert reminder == "a month later"
    assert await temporal_time_skipping.now() - before >= timedelta(days=30)

def test_with_a_plain_function(temporal_time_skipping):
    with temporal_time_skipping.worker(workflows=[Reminder]) as worker:
        reminder = asyncio.run(temporal_time_skipping.client.execute_workflow(
            Reminder.run, id="reminder", task_queue=worker.task_queue
        ))
    assert reminder == "a month later"
"""


def test_time_is_skipped_on_a_server_for_that(pytester: pytest.Pytester) -> None:
    """Which is found where pip put it, needs no stack, and ends with the test."""
    lay_out(pytester, test_time=TIME_SKIPPING)
    began = time.time()
    run(pytester).assert_outcomes(passed=2)
    # One that has ended is listed until the system's first process has taken notice.
    eventually(lambda: not time_skipping_servers(began), within_s=60)


def time_skipping_servers(began: float) -> list[psutil.Process]:
    """Return those that were started since `began` and have not ended."""
    fields = ["name", "create_time", "status"]
    return [
        each
        for each in psutil.process_iter(fields)
        # The system keeps 15 characters of a name.
        if each.info["name"] == "temporal-test-s"
        and each.info["create_time"] >= began
        and each.info["status"] != psutil.STATUS_ZOMBIE
    ]


def test_without_the_server_that_skips_time_is_said_what_to_do(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is downloaded unless the option says so."""
    lay_out(pytester, test_time=TIME_SKIPPING)
    result = run(pytester, "--temporal-test-server=nowhere", "-k", "plain")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["--temporal-test-server names */nowhere, which is no program"])
