"""Dynamic config on the real server: what `config apply` says is in effect is, at once and unrestarted."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.workflows import partitions_of, refusal_of, start_workflow, terminate

from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.engines.protocol import StackIdentity
from devenv.errors import ConfigRefusedError, ExitCode
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.stack.config_apply import apply_config
from devenv.stack.desired import CheckedConfig, load_desired
from devenv.stack.stack import Stack as StackHere
from devenv.wiring import build_dependencies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.stacks import Stack

    from devenv.events import Event

pytestmark = pytest.mark.stack

FILE = "dynamicconfig/zz-test.yaml"
ORDERS_FILE = "dynamicconfig/namespaces/orders.yaml"
QUEUE = "partitioned"
# The server asks whether it is too large only of what is larger than `limit.blobSize.warn`, here 131072.
LARGE = "x" * 200_000


class EditedProject:
    """The example project while its dynamic config is edited; its server runs on all the time."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.path = stack.project / FILE
        self._orders = stack.project / ORDERS_FILE
        self._orders_text = self._orders.read_text()
        self._started = self._server_start()

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def limit_orders(self, limit: int) -> None:
        """Set one value of the namespace's file, as a user edits it."""
        assert "limit.blobSize.error: 524288" in self._orders_text
        self._orders.write_text(self._orders_text.replace("524288", str(limit)), encoding="utf-8")

    def apply(self) -> Any:
        document = self.stack.cli.answer("config", "apply")
        self.demand_same_server()
        return document

    def demand_same_server(self) -> None:
        assert self._server_start() == self._started, "the server was restarted"

    def restore(self) -> None:
        self.path.unlink(missing_ok=True)
        self._orders.write_text(self._orders_text, encoding="utf-8")

    def _server_start(self) -> str:
        return str(self.stack.services()["temporal"]["State"]["StartedAt"])


@pytest.fixture(scope="module")
def edited(shop: Stack) -> Iterator[Stack]:
    """Return the stack that all share, and take back what these tests made of its dynamic config."""
    yield shop
    result = shop.cli.run("config", "apply")
    assert result.exit == 0, result


@pytest.fixture
def project(edited: Stack) -> Iterator[EditedProject]:
    """Return the project; its files are as before afterwards, and the next apply tells the server."""
    project = EditedProject(edited)
    yield project
    project.restore()


def changes(document: Any) -> dict[str, tuple[Any, Any]]:
    return {change["key"]: (change["before"], change["after"]) for change in document["changes"]}


def accepts(address: str, namespace: str) -> None:
    terminate(address, namespace, start_workflow(address, namespace, argument=LARGE))


def test_a_limit_of_one_namespace_holds_there_and_nowhere_else(project: EditedProject) -> None:
    """The input is refused in `orders`, accepted in `default`, and accepted again when the edit is undone."""
    grpc = project.stack.grpc
    project.limit_orders(150_000)
    assert changes(project.apply())["limit.blobSize.error"] == (524288, 150_000)
    assert "Blob data size exceeds limit" in refusal_of(grpc, "orders", argument=LARGE)
    accepts(grpc, "default")
    project.restore()
    assert changes(project.apply())["limit.blobSize.error"] == (150_000, 524288)
    accepts(grpc, "orders")


def test_a_value_of_one_task_queue_holds_there_and_nowhere_else(project: EditedProject) -> None:
    """The queue has as many partitions as its constraint says, another one the server's default."""
    project.write(
        "matching.numTaskqueueWritePartitions:\n"
        f"- value: 7\n  constraints: {{namespace: orders, taskQueueName: {QUEUE}}}\n"
        "matching.numTaskqueueReadPartitions:\n"
        f"- value: 7\n  constraints: {{namespace: orders, taskQueueName: {QUEUE}}}\n"
    )
    project.apply()
    grpc = project.stack.grpc
    assert partitions_of(grpc, "orders", QUEUE) == 7
    assert partitions_of(grpc, "orders", "another") == 4
    assert partitions_of(grpc, "default", QUEUE) == 4


def test_a_global_value_holds_everywhere(project: EditedProject) -> None:
    """No id may be longer than it says, in whichever namespace."""
    project.write("limit.maxIDLength:\n- value: 60\n")
    project.apply()
    grpc = project.stack.grpc
    for namespace in ("default", "orders"):
        assert "exceeds maximum allowed length" in refusal_of(grpc, namespace, identifier="i" * 61)
        terminate(grpc, namespace, start_workflow(grpc, namespace))


def test_up_on_a_running_stack_confirms_what_was_edited(project: EditedProject) -> None:
    """When it says ready, the server uses the values, and runs on."""
    project.write("limit.maxIDLength:\n- value: 70\n")
    timings = [timing["step"] for timing in project.stack.cli.answer("up")["timings"]]
    assert "dynamic-config" in timings
    project.demand_same_server()
    assert "exceeds maximum allowed length" in refusal_of(project.stack.grpc, "orders", identifier="i" * 71)
    assert "dynamic-config" not in [timing["step"] for timing in project.stack.cli.answer("up")["timings"]]


def test_what_the_server_refuses_is_taken_back(
    project: EditedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past lint, which would have refused it too: the file before it is there again, and in effect."""
    cli = project.stack.cli
    monkeypatch.setenv("XDG_STATE_HOME", cli.environment()["XDG_STATE_HOME"])
    identity = StackIdentity(project.stack.name, project.stack.project, os.getuid())
    stack = StackHere(identity, build_dependencies(Silence()))
    found = find_project(project.stack.project)
    wanted = load_desired(found, load_settings(found, {}))
    bad = Entry("limit.maxIDLength", 20, {"nonsense": 1}, "test.yaml:1:1", "test")
    broken = CheckedConfig(DynamicConfig((*wanted.dynamic_config.entries, bad)))
    wanted = replace(wanted, read_config=lambda: broken)
    with pytest.raises(ConfigRefusedError, match="its previous file is in place again") as caught:
        apply_config(stack, wanted)
    assert caught.value.exit_code is ExitCode.INVALID_INPUT
    assert 'unknown constraint type "nonsense"' in caught.value.details
    written = Path(cli.environment()["XDG_STATE_HOME"]).rglob("mounts/dynamicconfig/development.yaml")
    assert all("nonsense" not in path.read_text() for path in written)
    accepts(project.stack.grpc, "orders")
    project.demand_same_server()


def test_the_key_by_which_the_server_answers_is_seen_by_nobody(project: EditedProject) -> None:
    """The server warns of it in its log, and no command shows it."""
    project.write("limit.maxIDLength:\n- value: 80\n")
    cli = project.stack.cli
    shown = str(project.apply())
    for command in (
        ("logs", "temporal"),
        ("logs", "temporal", "--raw"),
        ("logs", "temporal", "-o", "json"),
        ("config", "show"),
        ("config", "lint"),
        ("plan",),
        ("status", "-o", "json"),
    ):
        result = cli.run(*command)
        assert result.exit == 0, result
        shown += result.out + result.err
    assert "limit.maxidlength" in shown
    assert "devenv.revision" not in shown
    container = project.stack.services()["temporal"]["Id"]
    logged = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    assert "devenv.revision" in logged.stdout + logged.stderr


def test_what_an_older_devenv_kept_is_read(project: EditedProject) -> None:
    """It kept four files, and the server's file had no revision: nothing is written until a value changes."""
    project.write("limit.maxIDLength:\n- value: 90\n")
    project.apply()
    directory = Path(
        project.stack.cli.environment()["XDG_STATE_HOME"], "temporal-devenv/stacks", project.stack.name
    )
    state = json.loads((directory / "dynamicconfig.json").read_text())
    (directory / "dynamicconfig.json").unlink()
    for name, text in (
        ("dynamicconfig/in-effect.yaml", state["in_effect"]),
        ("dynamicconfig-at-start/at-start.yaml", state["at_start"]["text"]),
        ("dynamicconfig-start.json", json.dumps({"at": state["at_start"]["started_at"]})),
    ):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    (directory / "mounts/dynamicconfig/development.yaml").write_text(state["in_effect"])
    assert "dynamic-config" not in [timing["step"] for timing in project.stack.cli.answer("up")["timings"]]
    document = project.apply()
    assert (document["changes"], document["seconds"]) == ([], None)
    project.write("limit.maxIDLength:\n- value: 95\n")
    assert changes(project.apply()) == {"limit.maxIDLength": (90, 95)}
    assert "exceeds maximum allowed length" in refusal_of(project.stack.grpc, "orders", identifier="i" * 96)


class Silence:
    """A `Reporter` for what is not looked at."""

    def report(self, event: Event) -> None:
        pass
