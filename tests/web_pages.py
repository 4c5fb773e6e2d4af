"""What a web page in the user's browser can send to a port of this machine, as a browser would send it."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

Page = Mapping[str, str]

# A page of any site: a simple request, for which a browser asks the server nothing before it is sent.
FOREIGN_PAGE: Page = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
# A page whose host name has come to mean this machine since it was loaded.
REBOUND_PAGE: Page = {"Host": "evil.example", "Content-Type": "text/plain"}


def create_namespace(url: str, name: str, headers: Mapping[str, str]) -> httpx.Response:
    """Ask the HTTP API at `url` for a new namespace."""
    body = f'{{"namespace": "{name}", "workflowExecutionRetentionPeriod": "86400s"}}'
    return httpx.post(f"{url}/api/v1/namespaces", content=body, headers=headers, timeout=10)


def lets_foreign_pages_send(url: str, header: str) -> bool:
    """Tell whether the server at `url` allows `header`, for which a browser asks it first."""
    headers = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": header,
    }
    answer = httpx.options(f"{url}/api/v1/namespaces", headers=headers, timeout=10)
    return "access-control-allow-origin" in answer.headers
