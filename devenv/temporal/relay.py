"""A connection to one certain server: nothing is sent to anybody else who answers at its address.

The SDK makes its connections itself, again after each that ended, and does not say when. So it is given the
address of a relay in this process. The relay makes each connection to the server, asks a `Guard` who has
accepted it, and only then passes bytes on. A connection is made only while the server is also asked for the
id of its cluster: a request that finds its connection ended fails, and the next one proves the server again.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio.api.workflowservice.v1 import GetClusterInfoRequest
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import DevenvError
from devenv.temporal.connection import RPC_TIMEOUT, Connection

if TYPE_CHECKING:
    from temporalio.service import ConnectConfig, ServiceClient

    from devenv.temporal.protocol import Guard

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
FAREWELL_S = 0.5


class Relay:
    """Listens on a free port of 127.0.0.1, and passes connections on to `host` and `port`.

    `problem` says why the last connection was not made, None when it was; `refusal` is the error of a guard
    that is sure of another server. `made` counts the connections, `live` those that have not ended.
    """

    def __init__(self, host: str, port: int, guard: Guard) -> None:
        self._host = host
        self._port = port
        self._guard = guard
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self.accepts = False
        self.problem: str | None = None
        self.refusal: DevenvError | None = None
        self.made = 0
        self.live = 0

    async def listen(self) -> str:
        """Begin to listen, and return where."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        return f"{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and end every connection."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one of asyncio's would tell the terminal that it was cancelled at the end.
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far = await self._connect() if self.accepts else None
            if far is None:
                return
            self.made += 1
            self.live += 1
            try:
                await _pass_on(reader, writer, *far)
            finally:
                self.live -= 1
        finally:
            await _end(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return a connection that the server which is meant has accepted, None if there is none."""
        self.problem = self.refusal = None
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            self.problem = os.strerror(error.errno) if error.errno else str(error)
            return None
        # Only now: who held the port before need not be who has accepted the connection.
        if self._is_meant():
            return reader, writer
        await _end(writer)
        return None

    def _is_meant(self) -> bool:
        try:
            self.problem = self._guard.holder_problem()
        except DevenvError as error:
            self.refusal = error
            return False
        return self.problem is None


async def _pass_on(
    near_reader: asyncio.StreamReader,
    near_writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Pass bytes on in both directions, until either side ends the connection."""
    ways = [
        asyncio.ensure_future(_copy(near_reader, far_writer)),
        asyncio.ensure_future(_copy(far_reader, near_writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await _end(far_writer)


async def _end(writer: asyncio.StreamWriter) -> None:
    """Close a connection; who does not take what is left for it in time, as a frozen server, loses that."""
    writer.close()
    try:
        async with asyncio.timeout(FAREWELL_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()


class GuardedConnection(Connection):
    """A connection to the server that `guard` means.

    `client` raises, beside what the SDK does, `DevenvError` where `guard` is sure that another server
    answers, and `RPCError` (UNAVAILABLE) while the server that is meant does not answer.
    """

    def __init__(self, config: ConnectConfig, guard: Guard) -> None:
        super().__init__(config)
        host, _, port = config.target_host.rpartition(":")
        self._guard = guard
        self._relay = Relay(host.strip("[]"), int(port), guard)
        self._proving = asyncio.Lock()
        self._proven = 0

    def close(self) -> None:
        """Close it."""
        self._client = None
        self.run(self._relay.close())
        super().close()

    async def _connect(self, config: ConnectConfig) -> ServiceClient:
        return await super()._connect(replace(config, target_host=await self._relay.listen()))

    async def client(self) -> ServiceClient:
        """Return the SDK's client, its connection proven to lead to the server that is meant."""
        client = await super().client()
        async with self._proving:
            if self._relay.live == 0 or self._relay.made != self._proven:
                await self._prove(client)
        return client

    async def _prove(self, client: ServiceClient) -> None:
        self._relay.accepts = True
        try:
            # The SDK's own limit does not hold for the connection, which it would wait for half a minute.
            async with asyncio.timeout(RPC_TIMEOUT.total_seconds()):
                info = await client.workflow_service.get_cluster_info(GetClusterInfoRequest())
        except TimeoutError as error:
            silence = f"no answer in {RPC_TIMEOUT.total_seconds():.0f} s"
            raise RPCError(silence, RPCStatusCode.DEADLINE_EXCEEDED, b"") from error
        except (RPCError, RuntimeError) as error:
            if self._relay.refusal is not None:
                raise self._relay.refusal from error
            if self._relay.problem is not None:
                raise RPCError(self._relay.problem, RPCStatusCode.UNAVAILABLE, b"") from error
            raise
        finally:
            self._relay.accepts = False
        self._guard.check_cluster(info.cluster_id)
        self._proven = self._relay.made
