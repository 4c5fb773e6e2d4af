"""What services of overlays get where an add-on is on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devenv.engines.compose.launch_file import launch_file
from devenv.engines.protocol import StackIdentity
from devenv.overlays.model import ComposeModels

STACK = StackIdentity("shop", Path("/shop"), 1000)
LOGGING = {"driver": "splunk", "options": {"tag": "x"}}
BASE: dict[str, Any] = {
    "services": {"temporal": {"image": "server"}},
    "x-logged": {"logging": LOGGING},
    "x-overlay-services": {"logging": LOGGING, "environment": {"METRICS": "http://m", "A": "1"}},
    "x-overlay-services-traces": {"environment": {"TRACES": "http://t"}},
}


def launched(base: dict[str, Any], **services: dict[str, Any]) -> dict[str, Any]:
    merged = {**base, "services": {**base["services"], **services}}
    model: dict[str, Any] = json.loads(launch_file(ComposeModels(STACK.project, "shop", base, merged), STACK))
    return {name: {**service, "labels": None} for name, service in model["services"].items()}


def test_a_service_of_an_overlay_gets_what_it_does_not_say_itself() -> None:
    """Of the environment each variable by itself; one that it leaves to the shell is its own affair."""
    services = launched(
        BASE,
        tool={"image": "tool"},
        own={"image": "own", "logging": {"driver": "local"}, "environment": {"A": "2", "TRACES": None}},
    )
    assert services["temporal"] == {"image": "server", "labels": None}
    everything = {"METRICS": "http://m", "A": "1", "TRACES": "http://t"}
    assert services["tool"] == {
        "image": "tool",
        "labels": None,
        "logging": LOGGING,
        "environment": everything,
    }
    assert services["own"]["logging"] == {"driver": "local"}
    assert services["own"]["environment"] == {"METRICS": "http://m", "A": "2"}


def test_without_an_add_on_it_stays_as_it_is() -> None:
    """Nothing is added that would make Compose replace its container."""
    base = {"services": BASE["services"]}
    assert launched(base, tool={"image": "tool"})["tool"] == {"image": "tool", "labels": None}


def test_an_overlay_gives_nothing_to_others() -> None:
    """What it says under that name was read by nobody."""
    base = {"services": BASE["services"]}
    merged = {**BASE, "services": {**BASE["services"], "tool": {"image": "tool"}}}
    model = json.loads(launch_file(ComposeModels(STACK.project, "shop", base, merged), STACK))
    assert "logging" not in model["services"]["tool"]
