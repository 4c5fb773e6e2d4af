"""One connection to a server, and what its failures are called here.

The SDK is asynchronous; devenv is not. One event loop lives as long as the connection, and requests of one
call run side by side in it.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, ServiceClient, TLSConfig

from devenv.errors import PermissionDeniedError, ServerRejectedError, ServerUnreachableError
from devenv.files.text import TextError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from pathlib import Path

    from devenv.errors import DevenvError
    from devenv.temporal.protocol import TlsFiles

T = TypeVar("T")
Item = TypeVar("Item")

# What servers call the client, in histories and beside pollers.
IDENTITY = "devenv"
RPC_TIMEOUT = timedelta(seconds=5)
# A development server on two cores answers more at once no faster, only later.
CONCURRENT_REQUESTS = 16

_UNREACHABLE = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
_DENIED = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}
# The SDK's client reports a connection that ends during a request with one of these, not with UNAVAILABLE.
_UNCLEAR = {RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL}
_CONNECTION_ENDED = re.compile(
    r"transport error|connection (error|closed|reset)|broken pipe|h2 protocol error|error reading a body|"
    r"stream (closed|reset)",
    re.IGNORECASE,
)
# What the SDK's native core says of TLS, and what it means.
TLS_FAILURES = {
    "UnknownIssuer": "its certificate is signed by an authority that this machine does not know",
    "NotValidForName": "its certificate is for another name",
    "InvalidCertificate(Expired": "its certificate has expired",
    "InvalidCertificate(NotValidYet": "its certificate is not valid yet: a clock is wrong",
    "InvalidContentType": "it does not speak TLS",
    "CertificateRequired": "it demands a client certificate",
    "CertificateExpired": "the client certificate has expired",
    "UnknownCA": "the client certificate is signed by an authority that it does not know",
    "PrivateKeyParseError": "the client key is no private key",
}


class Connection:
    """A connection that is made when it is first used; `config` says where to and as whom."""

    def __init__(self, config: ConnectConfig) -> None:
        self._config = config
        self._runner = asyncio.Runner()
        self._connecting = asyncio.Lock()
        self._client: ServiceClient | None = None

    @property
    def address(self) -> str:
        """The server, as `host:port`."""
        return self._config.target_host

    def close(self) -> None:
        """Close it."""
        # The SDK's native client must go before the loop that its callbacks enter.
        self._client = None
        self._runner.close()

    async def client(self) -> ServiceClient:
        """Return the SDK's client."""
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect(self._config)
            return self._client

    async def _connect(self, config: ConnectConfig) -> ServiceClient:
        return await ServiceClient.connect(config)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run `work` to its end and let the SDK's own errors through."""
        return self._runner.run(work)

    def ask(self, work: Coroutine[object, object, T]) -> T:
        """Run `work`, which asks the server something, to its end.

        Raises:
            DevenvError: What `to_error` makes of a failure.
        """
        try:
            return self.run(work)
        except (RPCError, RuntimeError) as error:
            raise self.to_error(error, "The server refused a question") from error

    def to_error(self, error: RPCError | RuntimeError, what: str) -> DevenvError:
        """Return the failure in devenv's terms; `what` could not be done."""
        if is_refusal_to_connect(error):
            return PermissionDeniedError(what, reason(error))
        # A RuntimeError is what the SDK raises for a connection that could not be made.
        if isinstance(error, RuntimeError) or is_unanswered(error):
            return ServerUnreachableError(self.address, reason(error))
        if error.status in _DENIED:
            return PermissionDeniedError(what, error.message)
        if error.status == RPCStatusCode.UNIMPLEMENTED:
            return ServerRejectedError(what, f"a server of this version cannot do it: {error.message}")
        return ServerRejectedError(what, error.message)


def is_refusal_to_connect(error: RPCError | RuntimeError) -> bool:
    """Tell whether the server answers, and takes the token of this client for no token at all."""
    return isinstance(error, RuntimeError) and "code: PermissionDenied" in str(error)


def is_unanswered(error: RPCError) -> bool:
    """Tell whether the server gave no answer: it is down, slow, or the connection ended during the request.

    A server that stops or is replaced ends its connections so; the next request may find another.
    """
    if error.status in _UNREACHABLE:
        return True
    return error.status in _UNCLEAR and _CONNECTION_ENDED.search(error.message) is not None


def to(address: str, tls: TlsFiles | None = None, api_key: str | None = None) -> ConnectConfig:
    """Return the configuration for a server at `address` (`host:port`), in plain text or by TLS.

    Raises:
        ServerUnreachableError: A file of `tls` cannot be read.
    """
    config = ConnectConfig(target_host=address, api_key=api_key, lazy=True, identity=IDENTITY, tls=False)
    if tls is None:
        return config
    try:
        return replace(config, tls=_read(tls))
    except TextError as error:
        hint = "`devenv up` makes the certificates that are missing"
        raise ServerUnreachableError(address, error.reason, hint) from None


def _read(tls: TlsFiles) -> TLSConfig:
    def content(path: Path | None) -> bytes | None:
        try:
            return read_bytes(path) if path else None
        except TextError as error:
            raise TextError(f"{path}: {error.reason}") from None

    return TLSConfig(
        server_root_ca_cert=content(tls.authority),
        client_cert=content(tls.certificate),
        client_private_key=content(tls.key),
    )


async def each(
    ask: Callable[[Item], Awaitable[T]], items: Iterable[Item], at_once: int = CONCURRENT_REQUESTS
) -> list[T]:
    """Await `ask` of every item, a bounded number at a time, and return the results in their order."""
    free = asyncio.Semaphore(at_once)

    async def bounded(item: Item) -> T:
        async with free:
            return await ask(item)

    return await asyncio.gather(*(bounded(item) for item in items))


def reason(error: BaseException) -> str:
    """Return what it means, else the innermost message: the SDK wraps it in structures of its native core."""
    meaning = next((meaning for word, meaning in TLS_FAILURES.items() if word in str(error)), None)
    if meaning is not None:
        return meaning
    messages = re.findall(r'message: "([^"]+)"', str(error))
    return messages[-1] if messages else str(error).partition("\n")[0]
