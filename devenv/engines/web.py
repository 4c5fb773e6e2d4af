"""Asks web servers of a stack whether they answer. The home of httpx."""

from __future__ import annotations

import ssl

import httpx

TIMEOUT_S = 2.0


def web_problem(url: str) -> str | None:
    """Return why `url` does not answer 200, None when it does."""
    # Plain http has no use for the authorities that httpx would load: to read them takes longer than to ask.
    nobody_vouches = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # Loopback is never behind a proxy, whatever the environment says.
        response = httpx.get(url, timeout=TIMEOUT_S, trust_env=False, verify=nobody_vouches)
    except httpx.HTTPError as error:
        return f"{url} does not answer ({error})"
    return None if response.is_success else f"{url} answers {response.status_code}"
