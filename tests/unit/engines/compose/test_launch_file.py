"""What services of overlays get where an add-on is on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devenv.engines.compose.labels import FILES
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


def test_what_a_service_of_an_overlay_mounts_and_waits_for_is_added_to() -> None:
    """Its own come on top."""
    waits = {"certificates": {"condition": "service_completed_successfully"}}
    section = {"depends_on": waits, "volumes": ["certificates:/certificates:ro"]}
    own = {"image": "tool", "volumes": ["data:/data"], "depends_on": {"temporal": {}}}
    services = launched({**BASE, "x-overlay-services-tls": section}, tool=own)
    assert services["tool"]["volumes"] == ["certificates:/certificates:ro", "data:/data"]
    assert services["tool"]["depends_on"] == {**waits, "temporal": {}}


def test_a_service_of_the_stack_is_made_anew_with_files_of_an_add_on() -> None:
    """So is one that is launched like it: its label has another digest."""
    services = {"temporal": {"image": "server", "labels": {FILES: "server"}}, "history": {"image": "server"}}
    models = ComposeModels(STACK.project, "shop", {"services": services}, {"services": services})

    def found(digest: str) -> list[str]:
        text = launch_file(models, STACK, {"history": "roles"}, {"history": "temporal"}, {"temporal": digest})
        return [service["labels"][FILES] for service in json.loads(text)["services"].values()]

    assert found("1") == ["server1", "rolesserver1"]
    assert found("2") == ["server2", "rolesserver2"]


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
