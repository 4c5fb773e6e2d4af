"""Overlays on the real stack: unasked they gain nothing, and a wrong one stands in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.stacks import UP

if TYPE_CHECKING:
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

FILE = "compose/tools.yaml"
SECRET = "only-for-this-shell"
# The image is one that the stack has.
HARMLESS = """\
services:
  tool:
    image: ${POSTGRES_IMAGE}
    entrypoint: [sleep, infinity]
    init: true
    environment: {PORT: '${GRPC_PORT}', UNSET: '${NOT_SET_IN_THE_SHELL:-default}'}
    volumes: ['./conf:/conf:ro', 'tool-data:/data']
    healthcheck: {test: [CMD, test, -f, /conf/app.conf], start_interval: 200ms, start_period: 10s}
  job:
    image: ${POSTGRES_IMAGE}
    entrypoint: ["true"]
  temporal:
    labels: !reset null
    environment: {GOMAXPROCS: '2'}
volumes:
  tool-data:
"""
# One service swaps a directory for a link, and the other mounts that; and more.
HOSTILE = """\
services:
  swap:
    image: ${POSTGRES_IMAGE}
    volumes: ['.:/project']
    env_file: secret.env
  read:
    image: ${POSTGRES_IMAGE}
    volumes: ['./conf:/x:ro']
    environment: [SECRET_OF_THE_SHELL]
    cap_add: [ALL]
    network_mode: host
  temporal:
    cap_drop: !reset []
"""


def test_overlays_gain_nothing_unasked_and_stand_in_nobodys_way(yard: Yard) -> None:
    """One stack: refused untouched, then harmless and launched, then broken under a stack that runs."""
    files = {
        "devenv.toml": f'[compose]\noverlays = ["{FILE}"]\n',
        FILE: HOSTILE,
        "conf/app.conf": "a = 1\n",
        "secret.env": "TOKEN=abc\n",
    }
    stack = yard.project("overlays", files)
    shell = stack.cli.with_variables(SECRET_OF_THE_SHELL=SECRET)

    error = shell.run(*UP).error
    assert (error["code"], error["exit_code"]) == ("trust-needed", 9)
    assert len(error["details"]) >= 7
    assert SECRET not in str(error)
    assert stack.everything() == []

    overlay = stack.project / FILE
    overlay.write_text(HARMLESS)
    document = stack.up()
    services = {each["name"]: each["state"] for each in document["services"]}
    assert (services["tool"], services["job"]) == ("running", "exited")
    found = stack.services()
    assert found["tool"]["Config"]["Labels"]["dev.temporal-devenv.stack"] == stack.name
    assert found["temporal"]["Config"]["Labels"]["dev.temporal-devenv.stack"] == stack.name
    assert found["temporal"]["HostConfig"]["CapDrop"] == ["ALL"]
    environment = found["tool"]["Config"]["Env"]
    assert f"PORT={stack.grpc.partition(':')[2]}" in environment
    assert "UNSET=default" in environment

    launched = {name: item["Id"] for name, item in found.items()}
    assert stack.up()["state"] == "ready"
    assert {name: item["Id"] for name, item in stack.services().items()} == launched

    for broken in ("services: {", "services: {tool: {privileged: true}}\n", HOSTILE):
        overlay.write_text(broken)
        status = stack.cli.run("status", "-o", "json")
        assert (status.exit, status.document["state"]) == (0, "ready"), status
        assert stack.cli.run(*UP).exit in {3, 9}
    assert stack.cli.run("restart").exit == 9
    assert stack.cli.answer("status")["state"] == "ready"
    overlay.unlink()
    assert stack.cli.run("logs", "--tail", "1").exit == 0
    assert stack.cli.run("stop").exit == 0
    assert stack.cli.run("down", "--volumes", "--yes").exit == 0
    assert stack.everything() == []
