"""The real Web UI in a real browser, as a developer clicks through it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from e2e.browsing import PATIENCE_MS, wait_for
from e2e.polling import eventually
from e2e.workflows import found_by, start_workflow, terminate
from playwright.sync_api import expect

if TYPE_CHECKING:
    from e2e.stacks import Stack
    from playwright.sync_api import Page

pytestmark = pytest.mark.stack

NAMESPACES = ("default", "orders", "pnats", "pnats-dev", "pnats-staging")


@pytest.fixture(params=["localhost", "127.0.0.1"])
def address(request: pytest.FixtureRequest, shop: Stack) -> str:
    """The UI under both names that people type: each is another origin with cookies of its own."""
    return str(shop.document["endpoints"]["ui"]).replace("127.0.0.1", request.param)


def test_the_declared_namespaces_are_listed(page: Page, address: str) -> None:
    page.goto(f"{address}/namespaces")
    wait_for(page.get_by_role("link", name="orders", exact=True).first)
    for name in NAMESPACES:
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()


def test_a_running_workflow_is_found_and_terminated(page: Page, address: str, shop: Stack) -> None:
    """An action is a POST with a CSRF token, which plain http must not lose."""
    identifier = start_workflow(shop.grpc, "orders")
    eventually(lambda: identifier in found_by(shop.grpc, "orders", ""))
    link = page.get_by_role("link", name=identifier).first
    page.goto(f"{address}/namespaces/orders/workflows")
    wait_for(link)
    link.click()
    actions = page.get_by_role("button", name=re.compile("More Actions", re.IGNORECASE)).first
    wait_for(actions)
    actions.click()
    page.get_by_role("menuitem", name="Terminate").click()
    page.get_by_role("dialog").get_by_role("button", name="Terminate").click()
    terminated = f"WorkflowId = '{identifier}' AND ExecutionStatus = 'Terminated'"
    assert eventually(lambda: found_by(shop.grpc, "orders", terminated)) == [identifier]
    expect(page.get_by_text("Terminated").first).to_be_visible(timeout=PATIENCE_MS)


def test_the_token_against_forged_requests_is_not_lost_over_plain_http(address: str) -> None:
    """Chromium trusts this machine; other browsers never send a cookie for https only back to http."""
    cookies = httpx.get(f"{address}/").headers.get_list("set-cookie")
    tokens = [cookie for cookie in cookies if cookie.startswith("_csrf=")]
    assert tokens
    assert not [token for token in tokens if re.search(r";\s*secure\b", token, re.IGNORECASE)]


def test_a_request_without_the_token_is_refused(address: str, shop: Stack) -> None:
    """Else any page that a developer visits could terminate workflows."""
    identifier = start_workflow(shop.grpc, "orders")
    url = f"{address}/api/v1/namespaces/orders/workflows/{identifier}/terminate"
    assert httpx.post(url, json={"reason": "forged"}).status_code in {400, 403}
    terminate(shop.grpc, "orders", identifier)
