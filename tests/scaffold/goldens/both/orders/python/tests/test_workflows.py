"""The workflows with their activities, on a real server."""

import uuid
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from orders.models import FulfillRequest, Item, ReportRequest, ReportResult
from orders.stand_ins import Store
from orders.workflows import DailyReport, FulfillOrder

SHIP, CALL_BACK = "ShipOrder", "CancelShipment"


def order(address: str = "1 Main Street") -> FulfillRequest:
    """Return an order that nobody else has placed."""
    return FulfillRequest(uuid.uuid4().hex, address, [Item("book", 2, 1999)])


async def fulfill(client: Client, queue: str, request: FulfillRequest) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(
        FulfillOrder.run, request, id=f"fulfill-{request.order_id}", task_queue=queue
    )


async def steps(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Return the activities of a workflow in the order in which they were asked for."""
    history = await handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_an_order_is_shipped(client: Client, queue: str, store: Store) -> None:
    """Once, and the shipment has a number."""
    handle = await fulfill(client, queue, order())
    assert (await handle.result()).shipment_id
    assert await steps(handle) == [SHIP]
    assert store.subjects("shipment") == ["1 Main Street"]


async def test_a_shipment_that_fails_is_called_back(client: Client, queue: str, store: Store) -> None:
    """The failure has a type that the saga knows."""
    handle = await fulfill(client, queue, order("nowhere"))
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    cause: BaseException = failure.value
    while cause.__cause__ is not None:
        cause = cause.__cause__
    assert getattr(cause, "type", None) == "Undeliverable"
    assert await steps(handle) == [SHIP, CALL_BACK]
    assert store.subjects("shipment") == []


async def test_the_report_counts_orders_by_address(client: Client, queue: str, store: Store) -> None:
    """Each address once."""
    for number, address in enumerate(["North", "South", "North"]):
        store.do(f"order-{number}", "shipment", address)
    result: ReportResult = await client.execute_workflow(
        DailyReport.run, ReportRequest("orders"), id=f"report-{uuid.uuid4()}", task_queue=queue
    )
    assert result.rows == 2
