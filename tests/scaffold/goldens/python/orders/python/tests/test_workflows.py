"""The workflows with their activities, on a real server."""

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import CancelledError
from temporalio.worker import Worker

from orders.activities import OrderActivities
from orders.models import (
    Item,
    OrderRequest,
    OrderResult,
    OrderStatus,
    ReportRequest,
    ReportResult,
)
from orders.stand_ins import (
    InventoryStandIn,
    MailerStandIn,
    PaymentsStandIn,
    Store,
)
from orders.starter import place
from orders.workflows import (
    CUSTOMER_ID,
    ORDER_STATUS,
    ORDER_TOTAL,
    DailyReport,
    OrderSaga,
)

VALIDATE, PAY, RESERVE = "ValidateOrder", "ProcessPayment", "ReserveInventory"
SHIP, CONFIRM = "ShipOrder", "SendConfirmation"
REFUND, RELEASE, CALL_BACK = "RefundPayment", "ReleaseInventory", "CancelShipment"

Order = WorkflowHandle[OrderSaga, OrderResult]


def order(
    *, customer: str = "ada", sku: str = "lamp", quantity: int = 2, address: str = "1 Main Street"
) -> OrderRequest:
    """Return an order that nobody else has placed."""
    return OrderRequest(uuid.uuid4().hex, customer, [Item(sku, quantity, 2100)], address)


async def steps(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Return the activities of a workflow in the order in which they were asked for."""
    history = await handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def root_cause(handle: Order) -> BaseException:
    """Wait for a workflow that must fail; return what it failed of."""
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    cause: BaseException = failure.value
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return cause


async def test_an_order_goes_all_the_way(client: Client, queue: str, store: Store) -> None:
    """It is paid, reserved, shipped and confirmed once, and ends with a number of each."""
    handle = await place(client, queue, order())
    result = await handle.result()
    assert result.status is OrderStatus.CONFIRMED
    assert result.payment_id
    assert result.reservation_id
    assert result.shipment_id
    assert await steps(handle) == [VALIDATE, PAY, RESERVE, CONFIRM]
    assert [store.subjects(name) for name in ("payment", "shipment", "mail")] == [
        ["ada"],
        ["1 Main Street"],
        ["ada"],
    ]


@pytest.mark.parametrize(
    ("placed", "failure", "expected"),
    [
        (order(quantity=0), "InvalidOrder", [VALIDATE]),
        (order(customer="declined-eve"), "PaymentDeclined", [VALIDATE, PAY, REFUND]),
        (order(sku="out-of-stock"), "OutOfStock", [VALIDATE, PAY, RESERVE, RELEASE, REFUND]),
        (order(address="nowhere"), "Undeliverable", [VALIDATE, PAY, RESERVE, RELEASE, REFUND]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_step_that_fails_undoes_those_before_it(
    client: Client, queue: str, store: Store, placed: OrderRequest, failure: str, expected: list[str]
) -> None:
    """In reverse order; nothing is left, and the failure says which step it was."""
    handle = await place(client, queue, placed)
    assert getattr(await root_cause(handle), "type", None) == failure
    assert await steps(handle) == expected
    ends = {"InvalidOrder": OrderStatus.REJECTED}
    status = (await handle.query(OrderSaga.order_state)).status
    assert status is ends.get(failure, OrderStatus.COMPENSATED)
    assert [store.subjects(name) for name in ("payment", "reservation", "shipment")] == [[], [], []]


async def test_a_shipment_that_fails_is_called_back(client: Client, queue: str) -> None:
    """By the child workflow, before its parent undoes anything."""
    placed = order(address="nowhere")
    await root_cause(await place(client, queue, placed))
    child = client.get_workflow_handle(f"fulfill-{placed.order_id}")
    assert await steps(child) == [SHIP, CALL_BACK]


async def test_an_order_that_is_cancelled_is_undone(client: Client, queue: str, store: Store) -> None:
    """In the middle of a long step: the workflow ends as cancelled, after its compensations."""
    handle = await place(client, queue, order(sku="slow", quantity=3))
    await reached(handle, OrderStatus.PAID)
    await handle.cancel()
    assert isinstance(await root_cause(handle), CancelledError)
    assert await steps(handle) == [VALIDATE, PAY, RESERVE, RELEASE, REFUND]
    assert store.subjects("payment") == []


class SlowWarehouse(InventoryStandIn):
    """Takes its time to put things back."""

    def release(self, key: str) -> None:
        time.sleep(1)
        super().release(key)


async def test_a_cancellation_does_not_stop_the_undoing(client: Client, store: Store) -> None:
    """It comes too late: the order fails of what it failed of, and everything is undone."""
    orders = OrderActivities(PaymentsStandIn(store), SlowWarehouse(store), MailerStandIn(store))
    async with Worker(
        client,
        task_queue=(queue := uuid.uuid4().hex),
        workflows=[OrderSaga],
        activities=[
            orders.validate_order,
            orders.process_payment,
            orders.refund_payment,
            orders.reserve_inventory,
            orders.release_inventory,
        ],
        activity_executor=ThreadPoolExecutor(1),
    ):
        handle = await place(client, queue, order(sku="out-of-stock"))
        async with asyncio.timeout(10):
            while RELEASE not in await steps(handle):
                await asyncio.sleep(0.05)
        await handle.cancel()
        assert getattr(await root_cause(handle), "type", None) == "OutOfStock"
    assert await steps(handle) == [VALIDATE, PAY, RESERVE, RELEASE, REFUND]
    assert store.subjects("payment") == []


async def test_an_order_is_kept_when_the_customer_cannot_be_told(client: Client, queue: str) -> None:
    """Nothing is undone."""
    handle = await place(client, queue, order(customer="no-mail-joe"))
    assert (await handle.result()).status is OrderStatus.FULFILLED
    assert await steps(handle) == [VALIDATE, PAY, RESERVE, CONFIRM]


async def test_a_running_order_can_be_talked_to(client: Client, queue: str, store: Store) -> None:
    """It takes notes and another address, and tells how it is."""
    handle = await place(client, queue, order(sku="slow", quantity=2))
    await handle.signal(OrderSaga.add_note, "ring twice")
    changed = await handle.execute_update(OrderSaga.change_address, "2 Side Street")
    assert changed.address == "2 Side Street"
    await handle.result()
    state = await handle.query(OrderSaga.order_state)
    assert (state.status, state.notes) == (OrderStatus.CONFIRMED, ["ring twice"])
    assert store.subjects("shipment") == ["2 Side Street"]


async def test_no_order_goes_to_an_empty_address(client: Client, queue: str) -> None:
    """The update is refused before it gets into the history."""
    handle = await place(client, queue, order(sku="slow", quantity=1))
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(OrderSaga.change_address, " ")
    await handle.result()


async def test_an_order_is_found_by_its_search_attributes(client: Client, queue: str) -> None:
    """Customer, total and status are upserted while it goes on."""
    handle = await place(client, queue, order(customer="found-by-customer"))
    await handle.result()
    found = (await handle.describe()).typed_search_attributes
    assert found.get(CUSTOMER_ID) == "found-by-customer"
    assert found.get(ORDER_STATUS) == "confirmed"
    assert found.get(ORDER_TOTAL) == 42.0


async def test_an_order_that_is_placed_again_is_the_same(client: Client, queue: str, store: Store) -> None:
    """While it goes on, and when it is over."""
    request = order()
    first = await (await place(client, queue, request)).result()
    assert await (await place(client, queue, request)).result() == first
    assert store.subjects("payment") == ["ada"]


async def test_the_report_counts_orders_by_address(client: Client, queue: str, store: Store) -> None:
    """Each address once."""
    for number, address in enumerate(["North", "South", "North"]):
        store.do(f"order-{number}", "shipment", address)
    result: ReportResult = await client.execute_workflow(
        DailyReport.run, ReportRequest("orders"), id=f"report-{uuid.uuid4()}", task_queue=queue
    )
    assert result.rows == 2


async def reached(handle: WorkflowHandle[Any, Any], status: OrderStatus) -> None:
    """Wait until an order has come so far."""
    async with asyncio.timeout(10):
        while (await handle.query(OrderSaga.order_state)).status is not status:
            await asyncio.sleep(0.05)
