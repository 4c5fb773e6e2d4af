"""Places one order and prints what became of it."""

import argparse
import asyncio
import json
import sys
import uuid
from dataclasses import asdict, dataclass

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from .connection import connected
from .models import Item, OrderRequest, OrderResult
from .settings import Settings
from .workflows import OrderSaga


@dataclass(frozen=True)
class Arguments:
    """What the command line asks for."""

    order: OrderRequest
    is_detached: bool


def read(arguments: list[str]) -> Arguments:
    """Understand the command line."""
    parser = argparse.ArgumentParser(prog="starter", description=__doc__)
    parser.add_argument("--id", default=uuid.uuid4().hex[:8], help="the order")
    parser.add_argument(
        "--customer", default="alice", help="who pays; declined… cannot, no-mail… gets no mail"
    )
    parser.add_argument("--address", default="1 Main Street", help="where to; nowhere… cannot be reached")
    parser.add_argument(
        "--sku", default="book", help="what; out-of-stock… is not there, slow… takes a second for each"
    )
    parser.add_argument("--quantity", type=int, default=1, help="how many")
    parser.add_argument("--price", type=int, default=1999, help="what one costs, in cents")
    parser.add_argument("--detach", action="store_true", help="do not wait for the result")
    given = parser.parse_args(arguments)
    items = [Item(given.sku, given.quantity, given.price)]
    return Arguments(OrderRequest(given.id, given.customer, items, given.address), given.detach)


async def place(
    client: Client, task_queue: str, order: OrderRequest
) -> WorkflowHandle[OrderSaga, OrderResult]:
    """Place an order. The idempotency keys are made of its id: placed again, it is the same order."""
    workflow_id = f"order-{order.order_id}"
    try:
        return await client.start_workflow(
            OrderSaga.run,
            order,
            id=workflow_id,
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    except WorkflowAlreadyStartedError:
        return client.get_workflow_handle_for(OrderSaga.run, workflow_id)


async def answer(client: Client, task_queue: str, arguments: Arguments) -> int:
    """Place the order, wait unless told not to, and return the exit code."""
    handle = await place(client, task_queue, arguments.order)
    print(f"started {handle.id}", file=sys.stderr)
    if arguments.is_detached:
        return 0
    try:
        result = await handle.result()
    except WorkflowFailureError as failure:
        print(f"error: {handle.id}: {_root_cause(failure)}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result), indent=2))
    return 0


def _root_cause(error: BaseException) -> BaseException:
    return _root_cause(error.__cause__) if error.__cause__ else error


async def main(arguments: list[str]) -> int:
    """Do as the command line says; return the exit code."""
    given = read(arguments)
    settings = Settings.from_environment()
    async with connected() as client:
        return await answer(client, settings.task_queue, given)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
