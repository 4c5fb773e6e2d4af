"""How long tests wait for what a page shows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PATIENCE_MS = 20_000
REFRESHES = 10


def wait_for(expected: Locator) -> None:
    """Wait until a page that was opened shows `expected`.

    Chromium drops what it is loading when a network of the machine appears or goes, as Docker's do, and they
    come in bursts where other tests start stacks; the UI then asks for a refresh, and gets it.
    """
    broken = expected.page.get_by_text("Uh oh. There's an error.")
    for _ in range(REFRESHES):
        with suppress(AssertionError):
            expect(expected.or_(broken).first).to_be_visible(timeout=PATIENCE_MS / 4)
        if expected.is_visible():
            return
        expected.page.reload()
    expect(expected).to_be_visible(timeout=PATIENCE_MS)
