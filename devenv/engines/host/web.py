"""Asks web servers of a stack whether they answer. ADR 0008 says why with Python's own client."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

TIMEOUT_S = 2.0


def web_problem(url: str, timeout_s: float = TIMEOUT_S) -> str | None:
    """Return why `url`, of the form `http://host:port/path`, does not answer 200; None when it does."""
    server = urlsplit(url)
    with closing(HTTPConnection(server.netloc, timeout=timeout_s)) as connection:
        try:
            connection.request("GET", server.path)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            return f"{url} does not answer ({str(error).strip()})"
    return None if status == HTTPStatus.OK else f"{url} answers {status}"
