"""Asks web servers of a stack whether they answer. The home of httpx."""

from __future__ import annotations

import httpx

TIMEOUT_S = 2.0


def web_problem(url: str) -> str | None:
    """Return why `url` does not answer 200, None when it does."""
    try:
        # Loopback is never behind a proxy, whatever the environment says.
        response = httpx.get(url, timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as error:
        return f"{url} does not answer ({error})"
    return None if response.is_success else f"{url} answers {response.status_code}"
