"""The service on the server of TEMPORAL_ADDRESS; without one these tests fail."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from orders.connection import connect
from orders.models import Item, OrderRequest, OrderStatus
from orders.settings import Settings
from orders.worker import build_worker
from orders.workflows import OrderSaga

FOUND_WITHIN_S = 30


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    if not os.environ.get("TEMPORAL_ADDRESS"):
        pytest.fail("TEMPORAL_ADDRESS must name the server to test against", pytrace=False)
    return Settings(task_queue=f"test-{uuid.uuid4().hex}", store_path=tmp_path / "store.sqlite3")


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    """Yield a client whose task queue a worker works on."""
    client = await connect()
    async with build_worker(client, settings):
        yield client


async def test_an_order_completes_and_is_found(client: Client, settings: Settings) -> None:
    """By the search attribute of its customer: the namespace has what the workflow upserts."""
    customer = f"customer-{uuid.uuid4().hex}"
    order = OrderRequest(uuid.uuid4().hex, customer, [Item("lamp", 1, 4200)], "1 Main Street")
    handle = await client.start_workflow(
        OrderSaga.run, order, id=f"order-{order.order_id}", task_queue=settings.task_queue
    )
    assert (await handle.result()).status is OrderStatus.CONFIRMED
    query = f"CustomerId = '{customer}' AND OrderStatus = 'confirmed'"
    async with asyncio.timeout(FOUND_WITHIN_S):
        while [found.id async for found in client.list_workflows(query)] != [handle.id]:
            await asyncio.sleep(0.2)
