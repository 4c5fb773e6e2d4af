"""A program as the SDK's documentation has it: all it knows of its server comes from envconfig's loader."""

from __future__ import annotations

import asyncio

from temporalio.client import Client
from temporalio.envconfig import ClientConfig


async def main() -> None:
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**config)
    count = await client.count_workflows()
    print(client.service_client.config.target_host, client.namespace, count.count)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
