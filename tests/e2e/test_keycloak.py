"""Keycloak as the provider of the add-on `login`: the same user, password and namespaces, in a browser.

It takes minutes to start; `just keycloak` runs it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from e2e.browsing import wait_for

if TYPE_CHECKING:
    from e2e.stacks import Yard
    from playwright.sync_api import Page

pytestmark = pytest.mark.stack

SETTINGS = 'visibility = "postgres"\ntimeout = "10m"\n[addons]\nlogin = {keycloak = true}\n'
SEEDS = """\
namespaces: [{name: orders}, {name: payments}]
users: [{name: bob, roles: {payments: write}}]
"""


def test_a_user_logs_in_at_keycloak_and_sees_the_own_namespace(module_yard: Yard, page: Page) -> None:
    """Keycloak's token is verified by the same key as those of devenv."""
    stack = module_yard.project("keycloak", {"devenv.toml": SETTINGS, "seeds/a.yaml": SEEDS})
    endpoints = stack.up()["endpoints"]
    start = ("workflow", "start", "--type", "T", "--task-queue", "q", "--workflow-id", "payment-1")
    assert stack.temporal(*start, "-n", "payments").exit == 0
    page.goto(endpoints["ui"])
    wait_for(page.locator("#username"))
    page.fill("#username", "bob")
    page.fill("#password", stack.cli.run("login", "show", "bob").out.strip())
    page.click("#kc-login")
    wait_for(page.get_by_role("link", name="payment-1", exact=True).first)
    assert urlsplit(page.url).path == "/namespaces/payments/workflows"
    token = json.loads(stack.cli.run("login", "bob", "--format", "json").out)["TEMPORAL_API_KEY"]
    url, shown = f"{endpoints['http']}/api/v1/namespaces", {"Authorization": f"Bearer {token}"}
    answers = [
        httpx.get(f"{url}/{name}/workflows", headers=shown).status_code for name in ("payments", "orders")
    ]
    assert answers == [200, 403]
