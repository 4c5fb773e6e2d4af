"""What the SDK's failures are called."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.service import RPCError, RPCStatusCode

from devenv.errors import DevenvError, PermissionDeniedError, ServerRejectedError, ServerUnreachableError
from devenv.temporal.connection import CONCURRENT_REQUESTS, Connection, each, to
from devenv.temporal.protocol import Action, Namespace, Write
from devenv.temporal.writing import may_pass


def failure(status: RPCStatusCode) -> RPCError:
    return RPCError("the reason", status, b"")


@pytest.fixture
def connection() -> Connection:
    return Connection(to("127.0.0.1:1"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (RPCStatusCode.UNAVAILABLE, ServerUnreachableError),
        (RPCStatusCode.DEADLINE_EXCEEDED, ServerUnreachableError),
        (RPCStatusCode.PERMISSION_DENIED, PermissionDeniedError),
        (RPCStatusCode.UNAUTHENTICATED, PermissionDeniedError),
        (RPCStatusCode.INVALID_ARGUMENT, ServerRejectedError),
        (RPCStatusCode.UNIMPLEMENTED, ServerRejectedError),
    ],
)
def test_a_failure_has_its_kind_and_keeps_its_reason(
    connection: Connection, status: RPCStatusCode, kind: type[DevenvError]
) -> None:
    """Down or slow, not allowed, or refused."""

    async def fail() -> None:
        raise failure(status)

    with pytest.raises(kind) as caught:
        connection.ask(fail())
    assert "the reason" in caught.value.details[0]
    connection.close()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RPCStatusCode.UNKNOWN, "transport error"),
        (RPCStatusCode.CANCELLED, "operation was canceled"),
        (RPCStatusCode.UNKNOWN, "h2 protocol error: error reading a body from connection"),
        (RPCStatusCode.INTERNAL, "h2 protocol error: stream closed because of a broken pipe"),
        (RPCStatusCode.UNKNOWN, "read tcp 127.0.0.1:5432: read: connection reset by peer"),
    ],
)
def test_a_connection_that_ends_is_no_refusal(
    connection: Connection, status: RPCStatusCode, said: str
) -> None:
    """A server that is replaced ends its connections so: it is waited for, and a write is sent again."""
    error = RPCError(said, status, b"")
    assert isinstance(connection.to_error(error, "It could not be done"), ServerUnreachableError)
    write = Write(Action.CREATE, Namespace("orders"))
    assert may_pass(write, error)
    connection.close()


@pytest.mark.parametrize("status", [RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL])
def test_what_a_server_says_of_itself_stays_a_refusal(connection: Connection, status: RPCStatusCode) -> None:
    """Only the end of a connection is waited for, not every unclear answer."""
    error = RPCError("Unable to read configuration", status, b"")
    assert isinstance(connection.to_error(error, "It could not be done"), ServerRejectedError)
    connection.close()


def test_a_server_of_another_version_is_told_as_that(connection: Connection) -> None:
    """It does not know the request."""
    error = connection.to_error(failure(RPCStatusCode.UNIMPLEMENTED), "It could not be done")
    assert error.details == ("a server of this version cannot do it: the reason",)
    connection.close()


def test_a_port_that_nobody_listens_on_is_unreachable(connection: Connection) -> None:
    """Whatever the SDK raises for it."""

    async def connect() -> None:
        await (await connection.client()).check_health()

    with pytest.raises(ServerUnreachableError, match=r"127\.0\.0\.1:1"):
        connection.ask(connect())
    connection.close()


def test_results_keep_their_order_and_work_is_bounded() -> None:
    """A hundred requests do not hit the server at once."""
    running = most = 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    assert asyncio.run(each(work, range(100))) == list(range(100))
    assert most == CONCURRENT_REQUESTS
