"""Places one order and prints what became of it."""

import argparse
import asyncio
import json
import sys
import uuid
from dataclasses import asdict

from temporalio.client import Client, WorkflowFailureError

from .connection import connected
from .models import Item, OrderRequest
from .settings import Settings
from .workflows import OrderSaga


def read_order(arguments: list[str]) -> OrderRequest:
    """Return the order that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--id", default=uuid.uuid4().hex[:8])
    parser.add_argument("--customer", default="ada")
    parser.add_argument("--sku", default="lamp")
    parser.add_argument("--quantity", type=int, default=1)
    parser.add_argument("--price-cents", type=int, default=4200)
    parser.add_argument("--address", default="1 Main Street")
    given = parser.parse_args(arguments)
    items = [Item(given.sku, given.quantity, given.price_cents)]
    return OrderRequest(given.id, given.customer, items, given.address)


async def place(client: Client, order: OrderRequest, task_queue: str) -> int:
    """Place the order, wait, and return the exit code."""
    handle = await client.start_workflow(
        OrderSaga.run, order, id=f"order-{order.order_id}", task_queue=task_queue
    )
    print(f"started {handle.id} in {client.namespace}", file=sys.stderr)
    try:
        result = await handle.result()
    except WorkflowFailureError as failure:
        print(f"{handle.id} failed: {_root_cause(failure)}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result), indent=2))
    return 0


def _root_cause(error: BaseException) -> BaseException:
    return _root_cause(error.__cause__) if error.__cause__ else error


async def main(arguments: list[str]) -> int:
    """Do as the command line says; return the exit code."""
    order = read_order(arguments)
    settings = Settings.from_environment()
    async with connected(settings) as client:
        return await place(client, order, settings.task_queue)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
