"""The pytest plugin on a stack that is up, with the real server, Postgres and OpenSearch."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Stack

pytestmark = pytest.mark.stack

TESTS = """
import asyncio

import pytest
from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

@workflow.defn(sandboxed=False)
class Greeting:
    @workflow.run
    async def run(self, name: str) -> str:
        return f"Hello {name}"

def start(client, worker, name):
    ada = TypedSearchAttributes([SearchAttributePair(SearchAttributeKey.for_keyword("CustomerId"), "ada")])
    return asyncio.run(client.execute_workflow(
        Greeting.run, name, id="greeting", task_queue=worker.task_queue, search_attributes=ada
    ))

async def found(client):
    while not [each.id async for each in client.list_workflows("CustomerId = 'ada'")]:
        await asyncio.sleep(0.1)

@pytest.mark.temporal(engine="compose")
def test_is_found_by_a_declared_search_attribute(temporal_client, temporal_worker):
    with temporal_worker(workflows=[Greeting]) as worker:
        assert start(temporal_client, worker, "Ada") == "Hello Ada"
    asyncio.run(asyncio.wait_for(found(temporal_client), 60))

# The server compares with the limit only what is above the one that it warns of.
LIMITS = {"limit.blobSize.warn": 500, "limit.blobSize.error": 1000}

def start_large(client):
    asyncio.run(client.start_workflow(Greeting.run, "x" * 2000, id="large", task_queue="nobody"))

@pytest.mark.temporal(dynamic_config=LIMITS)
def test_has_a_limit_of_its_own(temporal_client):
    with pytest.raises(RPCError, match="exceeds"):
        start_large(temporal_client)

def test_others_have_not(temporal_client):
    start_large(temporal_client)
"""


def namespaces(shop: Stack) -> list[str]:
    return [each["name"] for each in shop.cli.answer("namespace", "list")["namespaces"]]


def test_each_test_has_a_namespace_and_nothing_is_left(shop: Stack, tmp_path: Path) -> None:
    """As declared and with dynamic config of its own; the stack stays up, with what it had."""
    before = namespaces(shop)
    tests = tmp_path / "test_shop.py"
    tests.write_text(TESTS, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        f"--rootdir={shop.project}",
        str(tests),
    ]
    done = subprocess.run(
        command,
        cwd=shop.project,
        env={**os.environ, **shop.cli.environment()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert namespaces(shop) == before
    assert shop.cli.answer("plan")["changes"] == []
