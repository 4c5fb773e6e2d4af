"""Two checkouts of one project, and two hands on one checkout."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli, finish_all
from e2e.polling import eventually
from e2e.stacks import SHOP
from e2e.workflows import complete_workflow, found_by

from devenv.engines.ports import is_free

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

USUAL_PORTS = (7233, 8233, 7243)


@pytest.fixture(scope="module")
def checkouts(module_yard: Yard) -> list[Stack]:
    """Return two checkouts of the example, brought up at the same time; the last tests take them down."""
    checkouts = [module_yard.copy_of(SHOP, f"{place}/shop") for place in ("one", "two")]
    # Somebody outside these tests may hold the usual ports; then, and only then, an option is needed.
    options = () if all(map(is_free, USUAL_PORTS)) else ("--any-port",)
    results = finish_all([stack.cli.start("up", *options, "-o", "json") for stack in checkouts])
    assert [result.exit for result in results] == [0, 0], results
    assert any("is taken" in result.err for result in results)
    for stack, result in zip(checkouts, results, strict=True):
        stack.document = result.document
    return checkouts


def test_both_are_ready_and_neither_meets_the_other(checkouts: list[Stack]) -> None:
    """Nobody gave an option, nobody configured a port."""
    one, two = checkouts
    for stack in checkouts:
        assert (stack.document["state"], stack.document["engine"]) == ("ready", "compose")
    assert one.name != two.name
    assert not _addresses(one) & _addresses(two)
    identifier = complete_workflow(one.grpc, "orders")
    assert eventually(lambda: found_by(one.grpc, "orders", "")) == [identifier]
    assert found_by(two.grpc, "orders", "") == []


def test_both_are_listed(checkouts: list[Stack]) -> None:
    listed = {item["name"]: item for item in checkouts[0].cli.answer("ls")["stacks"]}
    for stack in checkouts:
        item = listed[stack.name]
        assert (item["state"], item["engine"], item["grpc"]) == ("ready", "compose", stack.grpc)
        assert (item["project"], item["project_exists"]) == (str(stack.project), True)


def test_a_stack_whose_project_is_gone_is_listed_and_taken_down(checkouts: list[Stack], yard: Yard) -> None:
    stack, other = checkouts
    shutil.rmtree(stack.project)
    elsewhere = Cli(yard.project("elsewhere").project, stack.cli.home)
    listed = {item["name"]: item for item in elsewhere.answer("ls")["stacks"]}[stack.name]
    assert (listed["state"], listed["project_exists"]) == ("ready", False)
    assert elsewhere.answer("down", "--stack", stack.name, "--volumes", "--yes")["removed"] is True
    assert stack.everything() == []
    assert other.cli.answer("status")["state"] == "ready"


def test_a_stack_whose_record_is_lost_is_listed_and_taken_down(
    checkouts: list[Stack], tmp_path: Path
) -> None:
    """The labels on the engine are enough, although another home knows nothing of it."""
    stack = checkouts[1]
    shutil.rmtree(stack.project)
    elsewhere = Cli(tmp_path, tmp_path)
    assert stack.name in {item["name"] for item in elsewhere.answer("ls")["stacks"]}
    assert elsewhere.answer("down", "--stack", stack.name, "--volumes", "--yes")["removed"] is True
    assert stack.everything() == []
    assert stack.name not in {item["name"] for item in elsewhere.answer("ls")["stacks"]}


def _addresses(stack: Stack) -> set[str]:
    endpoints = stack.document["endpoints"]
    return {endpoints[name] for name in ("grpc", "ui", "http")}
