"""An answer for those who watch the process, such as Kubernetes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

TIMEOUT_S = 5


@asynccontextmanager
async def serve_health(address: str, is_healthy: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer 200 on `address` while `is_healthy`, else 503; an empty address serves nothing."""
    if not address:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), TIMEOUT_S)
            status = HTTPStatus.OK if is_healthy() else HTTPStatus.SERVICE_UNAVAILABLE
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            writer.write(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            pass  # whoever asked is gone, or does not speak HTTP
        finally:
            writer.close()

    host, _, port = address.rpartition(":")
    async with await asyncio.start_server(answer, host or None, int(port)):
        yield
