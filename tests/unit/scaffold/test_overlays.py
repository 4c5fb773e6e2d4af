"""What devenv.toml says of overlays, where devenv alone has written it."""

from __future__ import annotations

import tomllib

import pytest

from devenv.scaffold.project import SETTINGS, settings_text, with_overlays, without_overlays

ORDERS, BILLS = "orders/go/compose.yaml", "bills/go/compose.yaml"


@pytest.mark.parametrize("text", [SETTINGS, settings_text("shop")])
def test_overlays_are_added_one_after_the_other(text: str) -> None:
    """In the order of the services; once each."""
    first = with_overlays(text, [ORDERS])
    assert first is not None
    both = with_overlays(first, [BILLS, ORDERS])
    assert both is not None
    assert both.startswith(text)
    assert tomllib.loads(both) == tomllib.loads(text) | {"compose": {"overlays": [ORDERS, BILLS]}}


@pytest.mark.parametrize("text", [SETTINGS, settings_text("shop")])
def test_what_was_added_can_be_taken_out(text: str) -> None:
    """Without a trace."""
    both = with_overlays(text, [ORDERS, BILLS])
    assert both is not None
    assert without_overlays(both, [ORDERS]) == with_overlays(text, [BILLS])
    assert without_overlays(both, [ORDERS, BILLS]) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        'namespace = "shop"\n',
        SETTINGS + "# mine\n",
        SETTINGS.replace("# engine", "engine"),
        SETTINGS + '\n[compose]\noverlays = ["orders.yaml"]\n',
        SETTINGS + '\n[compose]\noverlays = [\n  "a.yaml",\n]\n\n[ports]\ngrpc = 1\n',
    ],
)
def test_what_a_person_wrote_is_theirs(text: str) -> None:
    """A single line is enough."""
    assert with_overlays(text, [ORDERS]) is None
    assert without_overlays(text, [ORDERS]) is None
