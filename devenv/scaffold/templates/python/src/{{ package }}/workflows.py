"""What the service promises to bring to its end, whatever happens to the processes it runs in.

Workflow code is replayed: it takes no clock, no random number and no input but through `workflow`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from .activities import FulfillmentActivities, OrderActivities, ReportActivities
    from .models import (
        Confirmation,
        Fulfillment,
        OrderRequest,
        OrderResult,
        OrderState,
        OrderStatus,
        Payment,
        Report,
        ReportRequest,
        ReportResult,
        Reservation,
        Shipment,
        Undo,
    )

# The namespace must know these; seeds declare them.
CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
ORDER_STATUS = SearchAttributeKey.for_keyword("OrderStatus")
ORDER_TOTAL = SearchAttributeKey.for_float("OrderTotal")

STEP_TIMEOUT = timedelta(seconds=30)
LONG_STEP_TIMEOUT = timedelta(minutes=10)
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
STEP_RETRIES = RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=5)
# What must be undone is tried until it is.
UNDO_RETRIES = RetryPolicy(maximum_interval=timedelta(minutes=1))


@workflow.defn(name="OrderSaga")
class OrderSaga:
    """Brings an order to the customer, or everything back to where it was."""

    @workflow.init
    def __init__(self, order: OrderRequest) -> None:
        self._order = order
        self._state = OrderState(order.order_id, order.address)
        self._is_shipping = False
        self._compensations: list[Callable[[], Awaitable[None]]] = []

    @workflow.run
    async def run(self, order: OrderRequest) -> OrderResult:
        workflow.upsert_search_attributes(
            [CUSTOMER_ID.value_set(order.customer_id), ORDER_TOTAL.value_set(order.amount_cents / 100)]
        )
        try:
            return await self._fulfill()
        except (FailureError, asyncio.CancelledError):
            # The shield lets a cancelled order be undone, too.
            await asyncio.shield(self._compensate())
            raise

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
        if self._is_shipping or self._state.status is OrderStatus.COMPENSATED:
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
        fulfillment = await self._ship()
        self._enter(OrderStatus.FULFILLED)
        # Orders from before there were confirmations replay without one.
        if workflow.patched("send-confirmation"):
            await self._confirm()
        return OrderResult(
            self._order.order_id,
            self._state.status,
            payment_id,
            reservation_id,
            fulfillment.shipment_id,
        )

    async def _pay(self) -> str:
        key = self._key("payment")
        # Before the step itself: it may have been done although its answer never came.
        self._on_failure(OrderActivities.refund_payment, key)
        return await workflow.execute_activity_method(
            OrderActivities.process_payment,
            Payment(self._order.customer_id, self._order.amount_cents, key),
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )

    async def _reserve(self) -> str:
        key = self._key("reservation")
        self._on_failure(OrderActivities.release_inventory, key)
        return await workflow.execute_activity_method(
            OrderActivities.reserve_inventory,
            Reservation(self._order.items, key),
            start_to_close_timeout=LONG_STEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )

    async def _ship(self) -> Fulfillment:
        key = self._key("shipment")
        self._on_failure(FulfillmentActivities.cancel_shipment, key)
        self._is_shipping = True
        return await workflow.execute_child_workflow(
            FulfillOrder.run,
            Shipment(self._order.order_id, self._state.address, key),
            id=f"fulfill-{self._order.order_id}",
        )

    async def _confirm(self) -> None:
        confirmation = Confirmation(self._order.order_id, self._order.customer_id, self._key("confirmation"))
        try:
            await workflow.execute_activity_method(
                OrderActivities.send_confirmation,
                confirmation,
                start_to_close_timeout=STEP_TIMEOUT,
                retry_policy=STEP_RETRIES,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            # The goods are on their way: no reason to call them back.
            workflow.logger.warning("the customer was not told: %s", error.cause)
        else:
            self._enter(OrderStatus.CONFIRMED)

    def _on_failure(self, undo: Callable[..., None], key: str) -> None:
        async def compensate() -> None:
            await workflow.execute_activity(
                undo, Undo(key), start_to_close_timeout=STEP_TIMEOUT, retry_policy=UNDO_RETRIES
            )

        self._compensations.append(compensate)

    async def _compensate(self) -> None:
        while self._compensations:
            try:
                await self._compensations.pop()()
            except ActivityError as error:
                # One that gives up keeps nobody from undoing the rest.
                workflow.logger.error("not undone, a person must look: %s", error.cause)
        self._enter(OrderStatus.COMPENSATED)

    def _enter(self, status: OrderStatus) -> None:
        self._state.status = status
        workflow.upsert_search_attributes([ORDER_STATUS.value_set(status.value)])

    def _key(self, step: str) -> str:
        return f"{workflow.info().workflow_id}/{step}"


@workflow.defn(name="FulfillOrder")
class FulfillOrder:
    """Gets an order to its address."""

    @workflow.run
    async def run(self, shipment: Shipment) -> Fulfillment:
        shipment_id = await workflow.execute_activity_method(
            FulfillmentActivities.ship_order,
            shipment,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=STEP_RETRIES,
        )
        return Fulfillment(shipment_id)


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
