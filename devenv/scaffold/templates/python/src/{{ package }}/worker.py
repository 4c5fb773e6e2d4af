"""The worker: runs workflows and activities until it is told to stop."""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from .activities import FulfillmentActivities, OrderActivities, ReportActivities
from .connection import connected, measured
from .health import serve_health
from .logs import sent_logs, show_logs
from .settings import Settings
from .stand_ins import (
    CarrierStandIn,
    InventoryStandIn,
    MailerStandIn,
    PaymentsStandIn,
    ReportsStandIn,
    Store,
)
from .workflows import WORKFLOWS

THREADS = 20
# What runs when the worker is stopped has this long to end; Kubernetes allows 30 s by default.
GRACE = timedelta(seconds=20)

log = logging.getLogger(__name__)


def build_worker(client: Client, settings: Settings) -> Worker:
    """Return a worker for everything this service does."""
    store = Store(settings.store_path)
    carrier = CarrierStandIn(store)
    orders = OrderActivities(PaymentsStandIn(store), InventoryStandIn(store), MailerStandIn(store))
    fulfillment = FulfillmentActivities(carrier)
    reports = ReportActivities(carrier, ReportsStandIn(store))
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=[
            orders.validate_order,
            orders.process_payment,
            orders.refund_payment,
            orders.reserve_inventory,
            orders.release_inventory,
            orders.send_confirmation,
            fulfillment.ship_order,
            fulfillment.cancel_shipment,
            reports.extract_orders,
            reports.transform_orders,
            reports.load_report,
        ],
        activity_executor=ThreadPoolExecutor(THREADS, thread_name_prefix="activity"),
        max_concurrent_activities=THREADS,
        graceful_shutdown_timeout=GRACE,
    )


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set, then finish what was begun."""
    async with connected(measured(settings)) as client:
        worker = build_worker(client, settings)
        async with serve_health(settings.health_address, lambda: worker.is_running), worker:
            log.info("works on %s in the namespace %s", worker.task_queue, client.namespace)
            await stop.wait()
            log.info("finishes what was begun")


async def _main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = Settings.from_environment()
    show_logs(settings)
    with sent_logs(settings):
        await run_worker(settings, stop)


if __name__ == "__main__":
    asyncio.run(_main())
