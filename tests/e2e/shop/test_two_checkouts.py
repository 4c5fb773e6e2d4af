"""Two checkouts of one project."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from e2e.command_line import Cli
from e2e.polling import eventually
from e2e.stacks import SHOP
from e2e.workflows import complete_workflow, found_by

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def second(shop: Stack, module_yard: Yard) -> Stack:
    """Return another checkout of the example, brought up beside the first; the last tests take it down."""
    second = module_yard.copy_of(SHOP, "second/shop")
    # Another test, or somebody outside these tests, may have held the usual ports before the first checkout.
    # Then, and only then, an option is needed, and the second may find them free.
    has_usual_ports = shop.grpc.endswith(":7233")
    result = second.cli.run("up", *(() if has_usual_ports else ("--any-port",)), "-o", "json")
    assert result.exit == 0, result
    assert not has_usual_ports or "is taken" in result.err
    second.document = result.document
    return second


def test_both_are_ready_and_neither_meets_the_other(shop: Stack, second: Stack) -> None:
    """Nobody gave an option, nobody configured a port."""
    for stack in (shop, second):
        assert (stack.document["state"], stack.document["engine"]) == ("ready", "compose")
    assert shop.name != second.name
    assert not _addresses(shop) & _addresses(second)
    identifier = complete_workflow(second.grpc, "orders")
    assert eventually(lambda: found_by(second.grpc, "orders", "")) == [identifier]
    assert identifier not in found_by(shop.grpc, "orders", "")


def test_both_are_listed(shop: Stack, second: Stack) -> None:
    listed = {item["name"]: item for item in shop.cli.answer("ls")["stacks"]}
    for stack in (shop, second):
        item = listed[stack.name]
        assert (item["state"], item["engine"], item["grpc"]) == ("ready", "compose", stack.grpc)
        assert (item["project"], item["project_exists"]) == (str(stack.project), True)


def test_a_stack_whose_project_is_gone_is_listed_and_taken_down(
    shop: Stack, second: Stack, yard: Yard
) -> None:
    shutil.rmtree(second.project)
    elsewhere = Cli(yard.project("elsewhere").project, second.cli.home)
    listed = {item["name"]: item for item in elsewhere.answer("ls")["stacks"]}[second.name]
    assert (listed["state"], listed["project_exists"]) == ("ready", False)
    down = elsewhere.answer("down", "--stack", second.name)
    assert (down["removed"], down["data_kept"]) == (True, True)
    assert second.containers() == []
    assert len(engine_view.volumes(second.label)) == 2
    assert shop.cli.answer("status")["state"] == "ready"


def test_a_stack_whose_record_is_lost_is_listed_and_taken_down(
    shop: Stack, second: Stack, tmp_path: Path
) -> None:
    """The labels on the engine are enough, although another home knows nothing of it."""
    labels = {"stack": second.name, "project": second.project, "owner": engine_view.owner()}
    ours = [f"--label={engine_view.LABEL}.{key}={value}" for key, value in labels.items()]
    ours.append("--label=com.docker.compose.service=ui")
    image = shop.services()["ui"]["Config"]["Image"]
    engine_view.docker("run", "--detach", "--pull=never", "--entrypoint=sleep", *ours, image, "600")
    elsewhere = Cli(tmp_path, tmp_path)
    assert second.name in {item["name"] for item in elsewhere.answer("ls")["stacks"]}
    assert elsewhere.answer("down", "--stack", second.name, "--volumes", "--yes")["removed"] is True
    assert second.everything() == []
    assert second.name not in {item["name"] for item in elsewhere.answer("ls")["stacks"]}


def _addresses(stack: Stack) -> set[str]:
    endpoints = stack.document["endpoints"]
    return {endpoints[name] for name in ("grpc", "ui", "http")}
