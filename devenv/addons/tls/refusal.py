"""Whether a server takes a client that must not get in."""

from __future__ import annotations

import socket
import ssl

TIMEOUT_S = 5.0
# What a client of HTTP/2 begins with, and its empty SETTINGS; a server that takes it answers with its own.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
SETTINGS = b"\x00"


def is_taken(address: tuple[str, int], authority: str | None) -> bool:
    """Tell whether the gRPC server at `address` takes a client without a certificate.

    The client speaks TLS and trusts `authority`, a file in PEM; without one it speaks plain text.
    """
    try:
        with socket.create_connection(address, TIMEOUT_S) as plain:
            return _is_answered(plain) if authority is None else _is_answered_by_tls(plain, authority)
    except OSError:
        return False


def _is_answered_by_tls(plain: socket.socket, authority: str) -> bool:
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    context.set_alpn_protocols(["h2"])
    # With TLS 1.3 the server says no only after the client takes the connection for made.
    with context.wrap_socket(plain) as secured:
        return _is_answered(secured)


def _is_answered(connection: socket.socket) -> bool:
    connection.sendall(GREETING)
    # A server of TLS answers plain text with an alert, whose first byte is another one.
    return connection.recv(1) == SETTINGS
