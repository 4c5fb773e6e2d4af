"""Connections are passed on to the server that is meant, and to nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.errors import PortTakenError
from devenv.temporal.relay import Relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

REFUSAL = PortTakenError(7233, "grpc", "nginx (pid 12)")


@dataclass
class FakeGuard:
    """A `Guard` that says `problem`, or raises `refusal`."""

    problem: str | None = None
    refusal: PortTakenError | None = None

    def holder_problem(self) -> str | None:
        if self.refusal is not None:
            raise self.refusal
        return self.problem

    def check_cluster(self, cluster: str) -> None:
        raise AssertionError("no relay asks")


@dataclass
class Server:
    """A server that says back what it is told; `heard` is all of it."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while data := await reader.read(100):
            self.heard.append(data)
            writer.write(data.upper())
        writer.close()
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()
    await listener.wait_closed()


async def say(address: str, text: bytes) -> bytes:
    """Return the answer; empty if the connection was ended without one."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(text)
    answer = b""
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(100), 5)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


def ask(guard: FakeGuard, *, accepts: bool = True) -> tuple[bytes, Server, Relay]:
    """Say something through a relay; return the answer, the server, and the relay."""

    async def work() -> tuple[bytes, Server, Relay]:
        async with listening() as server:
            relay = Relay("127.0.0.1", server.port, guard)
            relay.accepts = accepts
            answer = await say(await relay.listen(), b"hello")
            await asyncio.sleep(0)
            await relay.close()
            return answer, server, relay

    return asyncio.run(work())


def test_the_server_that_is_meant_is_reached() -> None:
    answer, server, relay = ask(FakeGuard())
    assert (answer, server.heard) == (b"HELLO", [b"hello"])
    assert (relay.made, relay.problem, relay.refusal) == (1, None, None)


def test_a_stranger_is_told_nothing() -> None:
    """The connection to him is ended before a byte was sent."""
    answer, server, relay = ask(FakeGuard(refusal=REFUSAL))
    assert (answer, server.heard) == (b"", [])
    assert (relay.made, relay.refusal) == (0, REFUSAL)


def test_who_may_be_a_stranger_is_told_nothing() -> None:
    answer, server, relay = ask(FakeGuard(problem="it is held by nginx"))
    assert (answer, server.heard) == (b"", [])
    assert (relay.made, relay.problem, relay.refusal) == (0, "it is held by nginx", None)


def test_no_connection_is_made_that_nobody_proves() -> None:
    """Such as one that the SDK makes again by itself."""
    answer, server, _ = ask(FakeGuard(), accepts=False)
    assert (answer, server.connections) == (b"", 0)


def test_that_nobody_listens_is_the_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def work() -> Relay:
        relay = Relay("127.0.0.1", port, FakeGuard())
        relay.accepts = True
        assert await say(await relay.listen(), b"hello") == b""
        await relay.close()
        return relay

    assert asyncio.run(work()).problem == "Connection refused"


def test_an_end_on_either_side_ends_the_other() -> None:
    """A connection that ended counts no more."""

    async def work() -> None:
        async with listening() as server:
            relay = Relay("127.0.0.1", server.port, FakeGuard())
            relay.accepts = True
            assert await say(await relay.listen(), b"hello") == b"HELLO"
            await eventually(lambda: relay.live == 0)
            await relay.close()

    async def eventually(condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not so after five seconds")

    asyncio.run(work())
