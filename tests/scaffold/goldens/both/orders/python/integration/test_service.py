"""The service on the server of TEMPORAL_ADDRESS; without one these tests fail."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from orders.connection import connect
from orders.models import FulfillRequest, Item, ReportRequest
from orders.settings import Settings
from orders.worker import build_worker
from orders.workflows import DailyReport, FulfillOrder


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


async def test_an_order_is_shipped_and_reported_on(client: Client, settings: Settings) -> None:
    """As the saga and the schedule ask for it."""
    order = FulfillRequest(uuid.uuid4().hex, "1 Main Street", [Item("book", 1, 1999)])
    fulfilled = await client.execute_workflow(
        FulfillOrder.run, order, id=f"fulfill-{order.order_id}", task_queue=settings.task_queue
    )
    assert fulfilled.shipment_id
    report = await client.execute_workflow(
        DailyReport.run,
        ReportRequest("orders"),
        id=f"report-{order.order_id}",
        task_queue=settings.task_queue,
    )
    assert report.rows == 1
