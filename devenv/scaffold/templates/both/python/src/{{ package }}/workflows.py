"""What the service promises to bring to its end, whatever happens to the processes it runs in.

Workflow code is replayed: it takes no clock, no random number and no input but through `workflow`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError

with workflow.unsafe.imports_passed_through():
    from .activities import FulfillmentActivities, ReportActivities
    from .models import FulfillRequest, FulfillResult, Report, ReportRequest, ReportResult

Request = TypeVar("Request")

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


@workflow.defn(name="FulfillOrder")
class FulfillOrder:
    """Gets an order to its address, or calls it back. The saga of the other half starts it."""

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


WORKFLOWS = [FulfillOrder, DailyReport]
