"""An add-on of a project on the real stack: one folder is a complete service."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest
from e2e.stacks import UP
from fakes.addons import add_static

if TYPE_CHECKING:
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack


def volumes_of(stack: str) -> set[str]:
    """Return the volumes of a stack, by the names in its Compose files."""
    label = f"label=dev.temporal-devenv.stack={stack}"
    listed = subprocess.run(
        ["docker", "volume", "ls", "--quiet", "--filter", label], capture_output=True, text=True, check=True
    )
    return {name.removeprefix(f"{stack}_") for name in listed.stdout.split()}


def test_an_add_on_is_a_service_of_the_stack(yard: Yard) -> None:
    """Built, launched, hardened, answering, listed, switched off, and gone with its data only when asked."""
    stack = yard.project("addon", {"devenv.toml": ""})
    add_static(stack.project)
    cli = stack.cli
    assert cli.run("images", "build", "--with", "static", "--keep-cache", "-o", "json").exit == 0

    document = cli.answer(*UP, "--with", "static")
    stack.document = document
    assert document["addons"] == ["static"]
    [page] = [each for each in document["pages"] if each["name"] == "site"]
    assert "<h1>static</h1>" in httpx.get(f"{page['url']}/index.html").text
    states = {each["name"]: (each["state"], each["health"]) for each in document["services"]}
    assert states["static"] == ("running", "healthy")

    container = stack.services()["static"]
    host = container["HostConfig"]
    assert (host["CapDrop"], host["Memory"], host["PidsLimit"]) == (["ALL"], 64 * 2**20, 512)
    assert host["PortBindings"]["8080/tcp"][0]["HostIp"] == "127.0.0.1"
    labels = container["Config"]["Labels"]
    assert labels["dev.temporal-devenv.stack"] == stack.name

    assert cli.run("open", "site").out.strip() == page["url"]
    assert [each["addons"] for each in cli.answer("ls")["stacks"] if each["name"] == stack.name] == [
        ["static"]
    ]
    assert f"port-{page['url'].rpartition(':')[2]}" in [
        each["name"] for each in cli.answer("doctor")["checks"]
    ]
    status = cli.answer("status")
    assert (status["state"], status["pages"]) == ("ready", document["pages"])
    assert cli.run("logs", "static").exit == 0
    assert cli.answer("env")["STATIC_SITE"] == page["url"]

    assert cli.run("down").exit == 0
    assert "static-data" in volumes_of(stack.name)
    stack.document = cli.answer(*UP, "--without", "static")
    assert "static" not in stack.services()
    assert "static-data" in volumes_of(stack.name)
    assert cli.run("down", "--volumes", "--yes").exit == 0
    assert not volumes_of(stack.name)
