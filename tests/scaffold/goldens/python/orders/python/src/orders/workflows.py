"""What the service promises to bring to its end, whatever happens to the processes it runs in.

Workflow code is replayed: it takes no clock, no random number and no input but through `workflow`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from .activities import FulfillmentActivities, OrderActivities, ReportActivities
    from .models import (
        Confirmation,
        FulfillRequest,
        FulfillResult,
        OrderRequest,
        OrderResult,
        OrderState,
        OrderStatus,
        PaymentRequest,
        Report,
        ReportRequest,
        ReportResult,
        ReservationRequest,
    )

Request = TypeVar("Request")

# The namespace must know these.
CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
ORDER_STATUS = SearchAttributeKey.for_keyword("OrderStatus")
ORDER_TOTAL = SearchAttributeKey.for_float("OrderTotal")

STEP_TIMEOUT = timedelta(seconds=30)
LONG_STEP_TIMEOUT = timedelta(minutes=10)
HEARTBEAT_TIMEOUT = timedelta(seconds=5)
STEP_RETRIES = RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=5)
# Long enough for people to repair what stands in the way.
UNDO_TIMEOUT = timedelta(days=7)
UNDO_RETRIES = RetryPolicy(maximum_interval=timedelta(minutes=1))


class Compensations:
    """What undoes the steps of a workflow.

    Each is added before its step, which may have been done although its answer never came. So it must do
    no harm where there is nothing to undo.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], Awaitable[None]]] = []

    def __bool__(self) -> bool:
        return bool(self._undo)

    def add(self, activity: Callable[[Any, Request], None], request: Request) -> None:
        """Remember to undo a step by `activity`."""

        async def undo() -> None:
            await workflow.execute_activity_method(
                activity,
                request,
                start_to_close_timeout=STEP_TIMEOUT,
                schedule_to_close_timeout=UNDO_TIMEOUT,
                retry_policy=UNDO_RETRIES,
            )

        self._undo.append(undo)

    async def run(self) -> bool:
        """Undo everything in reverse order, even if the workflow is cancelled; return whether it worked."""
        undoing = asyncio.create_task(self._run())
        while not undoing.done():
            # A cancellation ends the waiting, and the shield keeps it from what is waited for.
            with suppress(asyncio.CancelledError):
                await asyncio.shield(undoing)
        return undoing.result()

    async def _run(self) -> bool:
        are_undone = True
        while self._undo:
            try:
                await self._undo.pop()()
            except ActivityError as error:
                # It keeps nobody from undoing the rest.
                workflow.logger.error("a compensation failed, someone has to look at it: %s", error.cause)
                are_undone = False
        return are_undone


@workflow.defn(name="OrderSaga")
class OrderSaga:
    """Brings an order to the customer, or everything back to where it was."""

    @workflow.init
    def __init__(self, order: OrderRequest) -> None:
        self._order = order
        self._state = OrderState(order.order_id, order.address)
        self._is_shipping = False
        self._compensations = Compensations()

    @workflow.run
    async def run(self, order: OrderRequest) -> OrderResult:
        workflow.upsert_search_attributes(
            [CUSTOMER_ID.value_set(order.customer_id), ORDER_TOTAL.value_set(order.amount_cents / 100)]
        )
        self._enter(OrderStatus.RECEIVED)
        try:
            result = await self._fulfill()
        except (FailureError, asyncio.CancelledError):
            await self._undo()
            raise
        # Orders begun before customers were told end here. When none is open or kept any more, this goes.
        if workflow.patched("send-confirmation"):
            await self._confirm()
        return replace(result, status=self._state.status)

    @workflow.signal
    def add_note(self, text: str) -> None:
        """Keep a note with the order."""
        self._state.notes.append(text)

    @workflow.query
    def order_state(self) -> OrderState:
        """Return how the order is now."""
        return self._state

    @workflow.update
    def change_address(self, address: str) -> OrderState:
        """Send the order somewhere else."""
        self._state.address = address
        return self._state

    @change_address.validator
    def _check_address(self, address: str) -> None:
        if not address.strip():
            raise ApplicationError("an address is missing", type="InvalidAddress")
        if self._is_shipping or self._is_over:
            raise ApplicationError("it is too late to change the address", type="TooLate")

    async def _fulfill(self) -> OrderResult:
        await workflow.execute_activity_method(
            OrderActivities.validate_order,
            self._order,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )
        self._enter(OrderStatus.VALIDATED)
        payment_id = await self._pay()
        self._enter(OrderStatus.PAID)
        reservation_id = await self._reserve()
        self._enter(OrderStatus.RESERVED)
        shipment_id = await self._ship()
        self._enter(OrderStatus.FULFILLED)
        return OrderResult(self._order.order_id, self._state.status, payment_id, reservation_id, shipment_id)

    async def _pay(self) -> str:
        payment = PaymentRequest(self._key("payment"), self._order.customer_id, self._order.amount_cents)
        self._compensations.add(OrderActivities.refund_payment, payment)
        return await workflow.execute_activity_method(
            OrderActivities.process_payment,
            payment,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )

    async def _reserve(self) -> str:
        reservation = ReservationRequest(self._key("reservation"), self._order.items)
        self._compensations.add(OrderActivities.release_inventory, reservation)
        return await workflow.execute_activity_method(
            OrderActivities.reserve_inventory,
            reservation,
            start_to_close_timeout=LONG_STEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )

    async def _ship(self) -> str:
        self._is_shipping = True
        # It undoes its own steps, before we undo ours.
        fulfilled = await workflow.execute_child_workflow(
            FulfillOrder.run,
            FulfillRequest(self._order.order_id, self._state.address, self._order.items),
            id=f"fulfill-{self._order.order_id}",
        )
        return fulfilled.shipment_id

    async def _confirm(self) -> None:
        confirmation = Confirmation(self._key("confirmation"), self._order.customer_id, self._order.order_id)
        try:
            await workflow.execute_activity_method(
                OrderActivities.send_confirmation,
                confirmation,
                start_to_close_timeout=STEP_TIMEOUT,
                retry_policy=STEP_RETRIES,
            )
        except (ActivityError, asyncio.CancelledError) as error:
            # The goods are on their way: a letter that cannot be sent is no reason to call them back.
            workflow.logger.warning("the order is fulfilled, but the confirmation failed: %r", error)
        else:
            self._enter(OrderStatus.CONFIRMED)

    async def _undo(self) -> None:
        if not self._compensations:
            self._enter(OrderStatus.REJECTED)
        elif await self._compensations.run():
            self._enter(OrderStatus.COMPENSATED)
        else:
            self._enter(OrderStatus.COMPENSATION_FAILED)

    @property
    def _is_over(self) -> bool:
        return self._state.status in {
            OrderStatus.REJECTED,
            OrderStatus.COMPENSATED,
            OrderStatus.COMPENSATION_FAILED,
        }

    def _enter(self, status: OrderStatus) -> None:
        self._state.status = status
        workflow.upsert_search_attributes([ORDER_STATUS.value_set(status.value)])

    def _key(self, step: str) -> str:
        return f"{workflow.info().workflow_id}/{step}"


@workflow.defn(name="FulfillOrder")
class FulfillOrder:
    """Gets an order to its address, or calls it back."""

    @workflow.run
    async def run(self, order: FulfillRequest) -> FulfillResult:
        compensations = Compensations()
        compensations.add(FulfillmentActivities.cancel_shipment, order)
        try:
            shipment_id = await workflow.execute_activity_method(
                FulfillmentActivities.ship_order,
                order,
                start_to_close_timeout=STEP_TIMEOUT,
                retry_policy=STEP_RETRIES,
            )
        except (FailureError, asyncio.CancelledError):
            await compensations.run()
            raise
        return FulfillResult(shipment_id)


@workflow.defn(name="DailyReport")
class DailyReport:
    """Extracts, transforms and loads: how many orders went where."""

    @workflow.run
    async def run(self, request: ReportRequest) -> ReportResult:
        addresses = await workflow.execute_activity_method(
            ReportActivities.extract_orders,
            request,
            start_to_close_timeout=LONG_STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )
        rows = await workflow.execute_activity_method(
            ReportActivities.transform_orders,
            addresses,
            start_to_close_timeout=LONG_STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )
        return await workflow.execute_activity_method(
            ReportActivities.load_report,
            Report(workflow.info().workflow_id, rows),
            start_to_close_timeout=LONG_STEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )


WORKFLOWS = [OrderSaga, FulfillOrder, DailyReport]
