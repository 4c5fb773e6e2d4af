"""Asks web servers of a stack whether they answer. ADR 0008 says why with Python's own client."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from devenv.project.access import ANYBODY

if TYPE_CHECKING:
    from ssl import SSLContext

    from devenv.project.access import ClientTls, Credentials

TIMEOUT_S = 2.0


def web_problem(url: str, shows: Credentials = ANYBODY, timeout_s: float = TIMEOUT_S) -> str | None:
    """Return why `url` does not answer 200, None when it does.

    It is of the form `http://host:port/path`, for who shows a TLS of the form `https://host:port/path`.
    """
    try:
        status, _ = _answer(url, shows, timeout_s)
    except (OSError, HTTPException) as error:
        return f"{url} does not answer ({str(error).strip()})"
    return None if status == HTTPStatus.OK else f"{url} answers {status}"


def web_text(url: str, timeout_s: float = TIMEOUT_S) -> str | None:
    """Return what `url`, as that of `web_problem`, answers with 200; None when it does not."""
    try:
        status, text = _answer(url, ANYBODY, timeout_s)
    except (OSError, HTTPException):
        return None
    return text if status == HTTPStatus.OK else None


def web_put(url: str, text: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Return whether `url`, as that of `web_problem`, answers a PUT of `text` with 200."""
    try:
        status, _ = _answer(url, ANYBODY, timeout_s, "PUT", text.encode())
    except (OSError, HTTPException):
        return False
    return status == HTTPStatus.OK


def _answer(
    url: str, shows: Credentials, timeout_s: float, method: str = "GET", body: bytes | None = None
) -> tuple[int, str]:
    server = urlsplit(url)
    headers = {"Authorization": f"Bearer {shows.api_key}"} if shows.api_key else {}
    with closing(_connection(server.netloc, shows.tls, timeout_s)) as connection:
        connection.request(method, urlunsplit(("", "", server.path, server.query, "")), body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")


def _connection(server: str, tls: ClientTls | None, timeout_s: float) -> HTTPConnection:
    if tls is None:
        return HTTPConnection(server, timeout=timeout_s)
    return HTTPSConnection(server, timeout=timeout_s, context=_context(tls))


def _context(tls: ClientTls) -> SSLContext:
    """Return what makes a connection to a server whose certificate our own authority has signed."""
    import ssl  # noqa: PLC0415 - most stacks have no TLS

    context = ssl.create_default_context(cafile=tls.authority)
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
