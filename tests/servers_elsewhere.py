"""Servers that are not stacks: one behind TLS, one that refuses everything, one that never answers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, SETTINGS = 1, 4
END_STREAM_AND_HEADERS = 5


@contextlib.contextmanager
def behind_tls(
    target: tuple[str, int], directory: Path, *, client_certificate: bool = False
) -> Iterator[str]:
    """Yield the address of a server with TLS that passes everything on to `target`.

    Below `directory` are `ca.pem`, which vouches for it, and what it may ask for: `client.pem`, `client.key`.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "ca.pem")
    client = authority.issue_cert("client@example.com")
    client.cert_chain_pems[0].write_to_path(directory / "client.pem")
    client.private_key_pem.write_to_path(directory / "client.key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("temporal.example.com", "127.0.0.1").configure_cert(context)
    if client_certificate:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED

    def serve(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as outer, socket.create_connection(target) as inner:
            backwards = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
            backwards.start()
            _pump(outer, inner)

    with _listening(serve) as address:
        yield address


@contextlib.contextmanager
def refusing(grpc_status: int, message: str) -> Iterator[str]:
    """Yield the address of a server that answers every call with `grpc_status`."""

    def serve(connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        assert stream.read(len(PREFACE)) == PREFACE
        connection.sendall(_frame(SETTINGS, 0, 0, b""))
        while head := stream.read(9):
            length, kind, flags = int.from_bytes(head[:3]), head[3], head[4]
            stream.read(length)
            number = struct.unpack(">I", head[5:])[0]
            if kind == SETTINGS and not flags:
                connection.sendall(_frame(SETTINGS, 1, 0, b""))
            if kind == HEADERS:
                connection.sendall(
                    _frame(HEADERS, END_STREAM_AND_HEADERS, number, _trailers(grpc_status, message))
                )

    with _listening(serve) as address:
        yield address


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a server that takes connections and says nothing."""
    over = threading.Event()
    with _listening(lambda _: over.wait(60)) as address:
        yield address
        over.set()


@contextlib.contextmanager
def _listening(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def handle(connection: socket.socket) -> None:
            # A client that goes, or does not trust this server, is what tests are about.
            with contextlib.suppress(OSError), connection:
                serve(connection)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _trailers(grpc_status: int, message: str) -> bytes:
    """Return response headers, compressed by nobody: HPACK's literals without indexing."""
    pairs = [
        ("content-type", "application/grpc"),
        ("grpc-status", str(grpc_status)),
        ("grpc-message", message),
    ]
    status_200 = bytes([0x88])
    return status_200 + b"".join(b"\0" + _literal(name) + _literal(value) for name, value in pairs)


def _literal(text: str) -> bytes:
    data = text.encode()
    assert len(data) < 127
    return bytes([len(data)]) + data
