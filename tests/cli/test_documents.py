"""The fields of every JSON document: a change of the interface shows in `goldens/documents.json`.

`just goldens` writes that file anew, for a review to see the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.shapes import Shape
from fakes.addons import add_static
from fakes.backups import ship_backups
from fakes.engine import EPOCH

from devenv.cli.app import command_tree
from devenv.engines.protocol import LogLine
from devenv.errors import DockerUnreachableError, TemporalBinaryError
from devenv.temporal.protocol import (
    History,
    Namespace,
    NexusEndpoint,
    Poller,
    QueueActivity,
    Tasks,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cli.conftest import CommandLine

GOLDEN = Path(__file__).parent / "goldens" / "documents.json"
IS_WRITTEN = os.environ.get("TEMPORAL_DEVENV_TEST_GOLDENS") == "write"
# Their keys, or the types of their values, are their user's or the server's.
OPEN_FIELDS = {"constraints", "search_attributes", "data", "default", "value", "ports", "settings"}
VALUES_OF_CONFIG = {"before", "after"}
# What a program prints is their answer.
WITHOUT_DOCUMENT = {"dev", "exec", "psql", "temporal"}

SEEDS = """\
namespaces: [{name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}]
nexus_endpoints: [{name: pay, target: {namespace: orders, task_queue: q}}]
schedules: [{id: nightly, namespace: orders, workflow: W, task_queue: q, cron: "0 2 * * *"}]
"""
OVERLAY = "services: {tool: {image: busybox, network_mode: host}}\n"


class Story:
    """Calls every command in one project, and keeps its documents with its name."""

    def __init__(self, devenv: CommandLine) -> None:
        self._devenv = devenv
        self.documents: list[tuple[str, Mapping[str, Any]]] = []

    def tell(self) -> None:
        """Call all of them."""
        self._before_the_stack()
        self._stack()
        self._task_queues()
        self._run()
        self._events()
        self._declared_state()
        self._undeclared_state()
        self._dynamic_config()
        self._services()
        self._overlays_and_failures()

    def _call(self, name: str, *arguments: str) -> None:
        self.documents.append((name, self._devenv(*name.split(), *arguments, "-o", "json").document))

    def _before_the_stack(self) -> None:
        for name in ("version", "ls", "status", "down", "completion bash"):
            self._call(*name.split())
        self._call("init", "orders")
        (self._devenv.project / "seeds/orders.yaml").unlink()
        wiring = self._devenv.wiring
        for name in ("images list", "images pull", "images build", "doctor"):
            self._call(name)
        self._call("export grafana", "--into", "monitoring")
        self._call("export kubernetes", "--into", "deploy")
        self._call("export kubernetes", "--into", "deploy", "--check")
        wiring.machine.missing = {
            "docker_version": DockerUnreachableError(),
            "temporal_cli": TemporalBinaryError("There is no Temporal CLI", hint="install devenv again"),
        }
        self._call("doctor")

    def _stack(self) -> None:
        self._call("up", "--timings")
        self._call("stop", "opensearch")
        self._devenv.world.compose.log = [LogLine("temporal", "started")]
        for name in ("status", "start", "restart", "logs", "env", "open", "ls"):
            self._call(name)
        self._call("login", "alice")
        for name in ("snapshot save", "snapshot rm"):
            self._call(name, "first")
        self._call("snapshot save", "second")
        self._call("snapshot list")
        self._call("snapshot restore", "second", "--yes")
        ship_backups(self._devenv.world)
        self._call("up", "--with", "backups")
        for name in ("backup now", "backup list"):
            self._call(name)
        self._call("restore", "--to", "20260301-120000F", "--yes")
        self._call("up", "--without", "backups")

    def _task_queues(self) -> None:
        gateway = self._devenv.world.gateway
        polled = Tasks(
            "workflow", [Poller("1@host", EPOCH, "temporal-go 1.38.0"), Poller("2@host", EPOCH)], EPOCH
        )
        gateway.activity = [QueueActivity("default", "orders-go", [polled, Tasks("activity")])]
        self._call("status")
        gateway.activity = []

    def _run(self) -> None:
        arguments = ("--artifacts", "out", "-o", "json", "--", "false")
        for runs in ([], [WorkflowRun("default", "order-1", "run-1", "Order", "Failed", EPOCH, EPOCH)]):
            self._devenv.world.gateway.histories = [History(run, "{}", "declined") for run in runs]
            self.documents.append(("run", self._devenv("run", *arguments).document))
            index = json.loads((self._devenv.project / "out" / "index.json").read_text())
            self.documents.append(("index.json of run", index))
        gateway = self._devenv.world.gateway
        for gateway.unlisted in (0, 1):
            self._call("history export")
            gateway.histories = [History(gateway.histories[0].run, '{"events": []}')]
        gateway.unlisted = 0
        self.documents.append(("run", self._devenv("run", "-o", "json", "--", "true").document))

    def _events(self) -> None:
        self._devenv.write("seeds/shop.yaml", SEEDS.replace("0 2 * * *", "0 0 30 2 *"))
        for name in ("restart", "logs", "plan"):
            events = self._devenv(name, "-o", "jsonl").events
            self.documents += [(f"event {event['event']}", event) for event in events[:-1]]

    def _declared_state(self) -> None:
        self._devenv.write("seeds/shop.yaml", SEEDS)
        for name in ("status", "plan", "apply"):
            self._call(name)
        gateway = self._devenv.world.gateway
        gateway.attributes["*"] = {"CustomerId": "Text"}
        self._call("plan")
        gateway.attributes["*"] = {"CustomerId": "Keyword"}
        self._devenv.write("seeds/shop.yaml", SEEDS.replace("30d", "7d"))
        for name in ("status", "plan", "apply"):
            self._call(name)

    def _undeclared_state(self) -> None:
        gateway = self._devenv.world.gateway
        self._call("namespace create", "myapp", "7d")
        self._call("plan", "--prune")
        self._call("namespace list")
        self._call("namespace describe", "orders")
        self._call("namespace delete", "myapp", "--yes")
        gateway.registered["legacy"] = Namespace("legacy")
        gateway.nexus["url"] = NexusEndpoint("url", url="http://example.com")
        gateway.nexus["old"] = NexusEndpoint("old", namespace="legacy", task_queue="q")
        self._call("import", "--dry-run")
        gateway.shares_attributes = False
        gateway.attributes["orders"] = {"CustomerId": "Keyword", "Extra": "Text"}
        self._call("import")

    def _dynamic_config(self) -> None:
        self._devenv.write("dynamicconfig/limits.yaml", "limit.maxIDLength:\n- value: 100\n")
        self._devenv.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 300000\n")
        self._devenv.write("old.yaml", "limit.maxIDLength:\n- value: x\nno.such.key:\n- value: 1\n")
        for name in ("config lint", "config show", "config keys", "config apply"):
            self._call(name)
        self._call("config lint", "old.yaml")
        self._call("config migrate", "old.yaml")
        self._call("config explain", "limit.blobSize.error")
        self._call("config explain", "limit.blobSize.error", "--namespace", "orders")
        self._devenv.write("dynamicconfig/limits.yaml", "limit.maxIDLength:\n- value: 200\n")
        self._call("apply")

    def _services(self) -> None:
        self._call("new-service", "payments", "--lang", "go")
        self._call("new-service", "invoices", "--dry-run")
        self._call("remove-service", "payments", "--yes")

    def _overlays_and_failures(self) -> None:
        add_static(self._devenv.project)
        self._call("addons")
        self._call("trust")
        self._devenv.write("compose/x.yaml", OVERLAY)
        self._devenv.write("devenv.toml", '[compose]\noverlays = ["compose/x.yaml"]\n')
        self._call("trust", "--show")
        for arguments in (("trust",), ("up", "--no-such-option")):
            self.documents.append(("failure", self._devenv(*arguments, "-o", "json").document))


def fields_of(story: Story) -> dict[str, dict[str, str]]:
    """Return the fields of the documents of each command."""
    shapes: dict[str, Shape] = {}
    for name, document in story.documents:
        open_fields = OPEN_FIELDS | VALUES_OF_CONFIG if name == "config apply" else OPEN_FIELDS
        shapes.setdefault(name, Shape(open_fields)).add(document)
    return {name: shapes[name].fields() for name in sorted(shapes)}


def test_the_fields_of_every_document_are_as_they_were(devenv: CommandLine) -> None:
    """By name, with their types; a field that is new, gone or renamed is seen."""
    story = Story(devenv)
    story.tell()
    found = fields_of(story)
    if IS_WRITTEN:
        GOLDEN.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(GOLDEN.read_text())


def test_every_command_has_its_document_here() -> None:
    """One that is new cannot be forgotten."""
    assert set(_names(command_tree().load_all(), "")) - WITHOUT_DOCUMENT <= set(
        json.loads(GOLDEN.read_text())
    )


def _names(group: Any, prefix: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from _names(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"
