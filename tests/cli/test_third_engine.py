"""A third engine, in memory, is one package and one line: the whole command line works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.project.settings import settings_schema
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from cli.conftest import CommandLine

SEEDS = "namespaces:\n  - {name: orders, retention: 3d, search_attributes: {CustomerId: Keyword}}\n"
CONSTRAINED = "frontend.namespaceRPS:\n  - {value: 255, constraints: {namespace: orders}}\n"


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register it."""
    monkeypatch.setitem(ENGINES, "memory", "fakes.memory_engine")


@pytest.fixture
def memory(devenv: CommandLine) -> CommandLine:
    """Return a project whose stack is up on it."""
    devenv.write("devenv.toml", 'engine = "memory"\n')
    devenv.write("seeds/orders.yaml", SEEDS)
    assert devenv("up").code == 0
    return devenv


def test_a_new_project_comes_up_on_it(devenv: CommandLine) -> None:
    """From `init` to `down`, by option; the others are not asked for anything."""
    (devenv.project / "devenv.toml").unlink()
    assert devenv("init", "orders").code == 0
    up = devenv("up", "--engine", "memory", "-o", "json").document
    assert (up["state"], up["engine"], up["network"]) == ("ready", "memory", None)
    assert [(each["name"], each["image"]) for each in up["services"]] == [("temporal", None), ("ui", None)]
    assert [(each["name"], each["state"]) for each in up["namespaces"]] == [
        ("default", "usable"),
        ("orders", "usable"),
    ]
    assert devenv("status", "-o", "json", "--exit-code").code == 0
    assert devenv("down").code == 0
    assert (devenv.world.compose.calls, devenv.world.embedded.calls) == ([], [])


def test_declared_state_is_planned_and_applied_on_it(memory: CommandLine) -> None:
    """By the same commands, with what a server without OpenSearch cannot do."""
    memory.write("seeds/payments.yaml", "namespaces:\n  - {name: payments}\n")
    changes = memory("plan", "-o", "json").document["changes"]
    assert [(each["kind"], each["name"]) for each in changes] == [("namespace", "payments")]
    assert memory("apply").code == 0
    assert memory("plan", "--exit-code").code == 0
    assert memory("namespace", "create", "billing", "1d").code == 0
    assert "billing" in memory("namespace", "list").out
    many = "namespaces:\n  - {name: many, search_attributes: {A: Int, B: Int, C: Int, D: Int}}\n"
    memory.write("seeds/many.yaml", many)
    assert memory("apply", "-o", "json").error["code"] == "seeds-invalid"


def test_clients_and_people_use_it_as_any_other(memory: CommandLine) -> None:
    """`env`, `open`, `logs`, `exec`, `ls`."""
    assert memory("env", "--format", "json").document["TEMPORAL_ADDRESS"] == "127.0.0.1:7233"
    assert memory("logs", "temporal").out == "temporal   | started\n"
    assert memory("exec", "temporal", "--", "sh", "-c", "exit 3").code == 3
    [listed] = memory("ls", "-o", "json").document["stacks"]
    assert (listed["name"], listed["engine"], listed["state"]) == (memory.stack, "memory", "ready")
    assert memory("run", "--", "true").code == 0


def test_it_is_stopped_started_and_taken_away(memory: CommandLine) -> None:
    """Data stays until it is asked for."""
    assert memory("stop").code == 0
    assert memory("status", "-o", "json").document["state"] == "stopped"
    assert memory("start", "ui").code == 0
    assert memory("start").code == 0
    assert memory("restart").code == 0
    assert memory("status", "-o", "json").document["state"] == "ready"
    assert memory("down").code == 0
    assert memory("status", "-o", "json").document["state"] == "absent"
    engine, stack = memory.world.others["memory"], memory.world.stack(memory.stack).identity
    assert engine.has_data(stack)
    assert memory("down", "--volumes", "--yes").code == 0
    assert not engine.has_data(stack)


def test_what_it_does_not_enforce_is_said(memory: CommandLine) -> None:
    """Dynamic config that holds somewhere, and overlays, by its traits."""
    memory.write("dynamicconfig/limits.yaml", CONSTRAINED)
    memory.write("devenv.toml", 'engine = "memory"\n[compose]\noverlays = ["compose/redis.yaml"]\n')
    result = memory("up", "-o", "json")
    assert result.code == 0, result
    not_enforced = result.document["not_enforced"]
    assert not_enforced == [
        "frontend.namespaceRPS namespace=orders (dynamicconfig/limits.yaml:2:5)",
        "the overlay compose/redis.yaml",
    ]


@pytest.mark.parametrize(("before", "after"), [("compose", "memory"), ("memory", "embedded")])
def test_a_stack_moves_to_it_and_away(devenv: CommandLine, before: str, after: str) -> None:
    """It runs on one engine only, whichever of the three; where the data stays is said."""
    assert devenv("up", "--engine", before).code == 0
    told = devenv("up", "--engine", after).err
    assert f"this stack leaves the {before} engine" in told
    assert f"`devenv up --engine {before}` goes back to it" in told
    assert devenv("status", "-o", "json").document["engine"] == after
    stack = devenv.world.stack(devenv.stack).identity
    assert devenv.world.deps.engine(before).services(stack) == []


def test_auto_prefers_those_before_it(devenv: CommandLine) -> None:
    """It tries them in the order of the list, and a stack with data keeps its engine."""
    devenv.world.without_docker()
    assert devenv("up", "-o", "json").document["engine"] == "embedded"
    assert devenv("down", "--volumes", "--yes").code == 0
    assert devenv("up", "--engine", "memory").code == 0
    assert devenv("up", "-o", "json").document["engine"] == "memory"


def test_whoever_names_another_is_told_of_it(devenv: CommandLine) -> None:
    """In options, in devenv.toml and in its schema."""
    assert "'embedded', 'memory'" in devenv("up", "--engine", "podman").err
    devenv.write("devenv.toml", 'engine = "podman"')
    assert '"compose", "embedded" or "memory"' in devenv("up").err
    assert settings_schema()["properties"]["engine"]["enum"][-1] == "memory"
