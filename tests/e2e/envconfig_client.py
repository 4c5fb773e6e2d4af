"""A program as the SDK's documentation has it: all it knows of its server comes from envconfig's loader."""

from __future__ import annotations

import asyncio
import os

from temporalio.client import Client
from temporalio.envconfig import ClientConfig


async def main() -> None:
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**config)
    count = await client.count_workflows()
    # Native threads of the SDK may still hand over an answer, and crash a Python that ends in the usual way.
    print(client.service_client.config.target_host, client.namespace, count.count, flush=True)  # noqa: T201
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
