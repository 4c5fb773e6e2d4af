"""Loopback TCP ports: whether one is free, who holds it, which to take instead."""

from __future__ import annotations

import errno
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from devenv.errors import PortTakenError
from devenv.files.strict import HIGHEST_PORT
from devenv.project.services import EVERY_ADDRESS, LOOPBACK, Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

_IN_THE_WAY = {LOOPBACK, EVERY_ADDRESS, "::", "::ffff:127.0.0.1"}
# How Go says it in the Temporal server and in Docker, and how Docker says it of what it publishes itself.
_LOST = re.compile(
    r"listen tcp4? [\d.]+:(\d+): bind: address already in use|Bind for [\d.]+:(\d+) failed: port is already"
    r"|failed to bind host port (?:for )?[\d.]+:(\d+)\S*: address already in use"
)
_ANSWER_S = 0.25


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of 127.0.0.1 now.

    Connections of an earlier server that linger in TIME_WAIT do not count; listeners on all addresses do.
    """
    # Beside a listener on 0.0.0.0 or `::` Linux refuses the bind; macOS allows it, there the connect tells.
    return _can_listen(port) and not _answers(port)


def process_holding(port: int) -> str | None:
    """Return who holds `port`, as `nginx (pid 123)`, None if nobody does.

    A holder whom this user may not look at is "a process of another user".
    """
    if is_free(port):
        return None
    holder = min(_holders(port), default=None)
    return "a process of another user" if holder is None else holder.describe()


def lost(said: Iterable[str], published: Ports, holder: Callable[[int], str | None]) -> PortTakenError | None:
    """Return which of the `published` ports somebody else has got, by what a program said that wanted it."""
    match = _LOST.search("\n".join(said))
    if match is None:
        return None
    port = int(next(filter(None, match.groups())))
    setting = {number: name for name, number in published.numbers.items()}.get(port)
    if setting is None:
        return None
    return PortTakenError(port, setting, holder(port) or "a process that is gone by now", was_free=True)


def has_address(address: str) -> bool:
    """Whether a server of this machine could listen on the IPv4 `address`."""
    with socket.socket() as candidate:
        try:
            candidate.bind((address, 0))
        except OSError:
            return False
    return True


def any_free() -> int:
    """Return a port that is free, and that the system gives to no one else for about a minute."""
    with _reusing_socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(1)
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            # The side that closes first keeps the port in TIME_WAIT: free for a server that asks for it by
            # number, passed over when somebody asks for any.
            accepted.close()
        return int(listener.getsockname()[1])


def next_free(start: Ports, taken: Collection[int]) -> Ports:
    """Return the first free ports from `start` on, every port one higher each step.

    Ports in `taken` are passed over although nobody listens, and no port is ever the grpc port of one step
    and the http port of another: stacks that took different steps never meet, running or not.

    Raises:
        PortTakenError: There are none up to port 65535.
    """
    for ports in _disjoint(start):
        if not any(port in taken for port in ports.values()) and all(
            is_free(port) for port in ports.values()
        ):
            return ports
    name, port = next(iter(start.numbers.items()))
    raise PortTakenError(port, name, "others, and so is every port after it")


def _disjoint(start: Ports) -> Iterator[Ports]:
    seen: set[int] = set()
    for steps in range(HIGHEST_PORT + 1 - max(start.values())):
        ports = start.moved(steps)
        if seen.isdisjoint(ports.values()):
            seen.update(ports.values())
            yield ports


def _can_listen(port: int) -> bool:
    with _reusing_socket() as candidate:
        try:
            candidate.bind((LOOPBACK, port))
            candidate.listen(1)
        except OSError as error:
            # Whatever else is wrong (a privileged port), the server will say it better than "taken".
            return error.errno != errno.EADDRINUSE
    return True


def _reusing_socket() -> socket.socket:
    # As servers do, Temporal's too; the mark also stays on what lingers after them.
    result = socket.socket()
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return result


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_ANSWER_S)
        try:
            probe.connect((LOOPBACK, port))
        except TimeoutError:
            return True  # somebody listens and accepts nothing
        except OSError:
            return False
        # A probe that was given the very port it asks for meets itself.
        return bool(probe.getsockname() != probe.getpeername())


@dataclass(frozen=True, order=True)
class _Holder:
    """A socket on the port; listeners sort first, then the oldest process."""

    is_closing: bool
    is_client: bool
    is_hidden: bool
    pid: int

    def describe(self) -> str:
        if self.is_closing:
            return "a closed connection, for a minute at most"
        if self.is_hidden:
            return "a process of another user"
        try:
            return f"{psutil.Process(self.pid).name()} (pid {self.pid})"
        except psutil.Error:
            return f"pid {self.pid}"


def _holders(port: int) -> Iterator[_Holder]:
    for address, status, pid in _sockets():
        if address and address[0] in _IN_THE_WAY and address[1] == port:
            yield _Holder(
                is_closing=status == psutil.CONN_TIME_WAIT,
                is_client=status != psutil.CONN_LISTEN,
                is_hidden=pid is None,
                pid=pid or 0,
            )


def _sockets() -> Iterator[tuple[tuple[()] | tuple[str, int], str, int | None]]:
    try:
        for item in psutil.net_connections("tcp"):
            yield item.laddr, item.status, item.pid
    except psutil.AccessDenied:  # macOS shows the whole table to root only, but everybody their own
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                for connection in process.net_connections("tcp"):
                    yield connection.laddr, connection.status, process.pid
