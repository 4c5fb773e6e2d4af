"""An add-on of a project on the real stack: one folder is a complete service."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest
from e2e import engine_view
from e2e.command_line import COMMAND_TIMEOUT_S, Cli, Result, finish
from e2e.stacks import REPOSITORY, UP
from fakes.addons import add_static

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack


SHIPPED = ("devenv", "compose", "seeds", "dynamicconfig")
CODE = """
import sys
import urllib.request

from devenv.project.access import Access

def access(context):
    return Access()

def prepare(context, namespaces):
    return {"site/made.html": f"made for {context.stack.name}: {context.settings['greeting']}".encode()}

def check(context):
    pass

def after_ready(context):
    with urllib.request.urlopen(f"http://{context.ports.address('site')}/made.html") as answer:
        print("read:", answer.read().decode(), file=sys.stderr)
    return []

def alerts(context):
    return ["nothing is wrong"]

def before_down(context):
    print("before down:", context.stack.name, file=sys.stderr)
"""
# What changes a service of the stack, as no add-on of a project may without trust.
LOGGING = "services:\n  postgres: {logging: {driver: local, options: !override {max-size: 5m}}}\n"


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


class FromSource(Cli):
    """Runs the devenv that `PYTHONPATH` names: a process of its own has imported no other."""

    def run(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Result:
        return finish(self.start(*arguments), timeout_s=timeout_s)


@pytest.fixture
def shipping(yard: Yard, tmp_path: Path) -> Stack:
    """Return a stack of a devenv that ships the example, with code and a change of the stack's own."""
    for name in SHIPPED:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    compose = add_static(tmp_path) / "compose.yaml"
    compose.write_text(compose.read_text().replace("services:\n", LOGGING, 1))
    (tmp_path / "devenv" / "addons" / "static.py").write_text(CODE)
    stack = yard.project("shipping")
    stack.cli = FromSource(stack.cli.project, stack.cli.home, {"PYTHONPATH": str(tmp_path)})
    return stack


def logging_of(stack: Stack) -> str:
    driver = stack.services()["postgres"]["HostConfig"]["LogConfig"]["Type"]
    assert isinstance(driver, str)
    return driver


def test_an_add_on_of_devenv_comes_and_goes_on_a_running_stack(shipping: Stack) -> None:
    """It needs no trust, its code runs, what it changes of the stack is changed back, and a crash is told."""
    stack, cli = shipping, shipping.cli
    assert cli.run("images", "build", "--with", "static", "--keep-cache", "-o", "json").exit == 0
    stack.up()
    document = stack.up("--with", "static")
    assert (document["state"], document["addons"]) == ("ready", ["static"])
    assert f"read: made for {stack.name}: hello" in stack.told
    assert logging_of(stack) == "local"

    engine_view.docker("kill", stack.services()["static"]["Id"])
    status = cli.answer("status")
    assert status["state"] == "degraded"
    assert [each["name"] for each in status["services"] if each["state"] != "running"] == ["static"]
    assert [each["state"] for each in status["namespaces"]] == ["usable"]
    assert stack.up()["state"] == "ready"

    assert stack.up("--without", "static")["state"] == "ready"
    assert "static" not in stack.services()
    assert logging_of(stack) == "json-file"
    assert cli.answer("status")["state"] == "ready"
    stack.up("--with", "static")
    assert f"before down: {stack.name}" in cli.run("down").err
