"""Temporal servers of somebody else, and launches of stacks during which they take one of the ports."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from e2e.command_line import finish
from e2e.polling import eventually
from temporalio.api.operatorservice.v1 import ListNexusEndpointsRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    ListNamespacesRequest,
    ListSchedulesRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.service import ConnectConfig, ServiceClient

from devenv.engines.host import ports, processes, temporal_cli

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from types import TracebackType

    from e2e.command_line import Cli, Result

BINARY = temporal_cli.find(None)
NAMES = ("grpc", "ui", "http")
SEED_VARIABLE = "TEMPORAL_DEVENV_TEST_SEED"
# Asked at import: tests are kept from such variables.
LAUNCHES = os.environ.get("TEMPORAL_DEVENV_TEST_LAUNCHES")
SEED = os.environ.get(SEED_VARIABLE) or str(time.time_ns())
FILES = {
    "seeds/orders.yaml": """\
namespaces:
  - {name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}
nexus_endpoints:
  - {name: orders, target: {namespace: orders, task_queue: orders-go}}
schedules:
  - {id: nightly, namespace: orders, workflow: Report, task_queue: orders-go, cron: "0 2 * * *"}
"""
}
FLAGS = {"grpc": "--port", "ui": "--ui-port", "http": "--http-port", "metrics": "--metrics-port"}
SYSTEM = "temporal-system"
_REQUESTS = re.compile(
    r'^service_requests\{namespace="(\w+)",operation="(\w+)",service_name="frontend"\}', re.MULTILINE
)
_WRITING = re.compile(r"Start|Signal|Terminate|Request|Register|Update|Create|Delete|Add|Remove|Patch")


@dataclass
class ForeignServer:
    """A development server that is no stack of devenv; `taken` are its ports, the others are any."""

    taken: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start it; where a port is taken already, it ends by itself."""
        self.taken = {name: self.taken.get(name) or ports.any_free() for name in FLAGS}
        chosen = [text for name, flag in FLAGS.items() for text in (flag, str(self.taken[name]))]
        command = [str(BINARY), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error", *chosen]
        self.process = subprocess.Popen(
            [*command, *temporal_cli.IGNORING_CONFIGURATION],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.taken['grpc']}"

    def serves(self) -> bool:
        """Wait until it serves, or has ended: return which."""
        eventually(lambda: self.process.poll() is not None or self._answers())
        return self.process.poll() is None

    def _answers(self) -> bool:
        # While it starts, the stack's server may answer on the port that both go for.
        identity = processes.identify(self.process.pid)
        if identity is None or self.taken["grpc"] not in processes.listening_ports(identity):
            return False
        health = [str(BINARY), "operator", "cluster", "health", "--address", self.address]
        command = [*health, *temporal_cli.IGNORING_CONFIGURATION]
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0

    def contents(self) -> dict[str, Any]:
        """Return all that it has, but for what is another in each server: ids and times."""
        return asyncio.run(_contents(self.address))

    def writes(self) -> set[tuple[str, str]]:
        """Return namespace and name of every request to change something, be the change gone again or not."""
        url = f"http://127.0.0.1:{self.taken['metrics']}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = _REQUESTS.findall(answer.read().decode())
        assert found, "the server counts no requests any more"
        own_work = SYSTEM.replace("-", "_")
        return {(place, what) for place, what in found if place != own_work and _WRITING.match(what)}


async def _contents(address: str) -> dict[str, Any]:
    client = await ServiceClient.connect(ConnectConfig(target_host=address))
    service, operator = client.workflow_service, client.operator_service
    listed = await service.list_namespaces(ListNamespacesRequest(page_size=100))
    found: dict[str, Any] = {}
    for item in listed.namespaces:
        info = item.namespace_info
        attributes = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=info.name))
        schedules = await service.list_schedules(ListSchedulesRequest(namespace=info.name))
        workflows = await service.list_workflow_executions(ListWorkflowExecutionsRequest(namespace=info.name))
        found[info.name] = {
            "described": (info.description, info.owner_email, dict(info.data), str(item.config)),
            "attributes": dict(attributes.custom_attributes),
            "schedules": [each.schedule_id for each in schedules.schedules],
            "workflows": sorted(each.type.name for each in workflows.executions if info.name != SYSTEM),
        }
    endpoints = await operator.list_nexus_endpoints(ListNexusEndpointsRequest())
    return {"namespaces": found, "endpoints": [each.spec.name for each in endpoints.endpoints]}


def launches(short: int) -> int:
    """Return how many launches a test makes, `short` in a usual run."""
    return int(LAUNCHES or short)


def chance() -> random.Random:
    """Return what moments are drawn with; the seed is printed, and can be given."""
    sys.stderr.write(f"{SEED_VARIABLE}={SEED}\n")
    return random.Random(SEED)


def tell(won: Counter[tuple[str, bool]]) -> None:
    """Print how often the stranger got which port, for a long run."""
    counts = [f"{name}: {won[name, True]} of {won[name, True] + won[name, False]}" for name in NAMES]
    sys.stderr.write(f"the stranger got the port: {', '.join(counts)}\n")


@dataclass(frozen=True)
class Moment:
    """When a foreign server is started: `seconds` after the step `ports`, or after the start of `up`."""

    name: str
    seconds: float = 0.0
    is_after_ports: bool = True


def random_moment(draw: random.Random, longest_s: float) -> Moment:
    """Return any of the three ports and a moment: half of them right when the ports are chosen."""
    is_after_ports = draw.random() < 0.5
    return Moment(draw.choice(NAMES), 0.0 if is_after_ports else draw.uniform(0, longest_s), is_after_ports)


@contextmanager
def launched_beside_a_stranger(
    cli: Cli, options: tuple[str, ...], moment: Moment
) -> Iterator[tuple[Result, ForeignServer]]:
    """Run `up` on ports that a foreign server goes for, too; yield what came of both while they are there."""
    chosen = {name: ports.any_free() for name in NAMES}
    text = "".join(f"{name} = {port}\n" for name, port in chosen.items())
    (cli.project / "devenv.local.toml").write_text(f"[ports]\n{text}", encoding="utf-8")
    process = cli.start("up", *options, "-o", "jsonl")
    assert process.stdout is not None
    said = []
    while moment.is_after_ports:
        said.append(process.stdout.readline())
        event = json.loads(said[-1])
        if (event.get("step"), event.get("status")) == ("ports", "done") or event["event"] == "result":
            break
    time.sleep(moment.seconds)
    try:
        with ForeignServer({moment.name: chosen[moment.name]}) as server:
            yield finish(process), server
    finally:
        process.kill()
        cli.run("down", "--volumes", "--yes")


def check_launch(cli: Cli, result: Result, server: ForeignServer, moment: Moment, pristine: Any) -> bool:
    """Demand that either the stack or the stranger has the port, and that nobody wrote to the stranger.

    Returns:
        Whether the stranger has it.
    """
    document = json.loads(result.out.splitlines()[-1])
    if not server.serves():
        assert (result.exit, document.get("state")) == (0, "ready"), result
        return False
    assert server.writes() == set()
    assert server.contents() == pristine
    error = document["error"]
    assert (result.exit, error["code"]) == (5, "port-taken"), result
    assert f"Port {server.taken[moment.name]} ({moment.name})" in error["message"]
    assert f"temporal (pid {server.process.pid})" in error["message"]
    assert cli.answer("status")["state"] == "absent"
    assert server.writes() == set()
    return True
