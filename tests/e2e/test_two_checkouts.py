"""Two checkouts of one project, and two hands on one checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.command_line import finish
from e2e.polling import eventually
from e2e.stacks import SHOP, UP
from e2e.workflows import complete_workflow, found_by

from devenv.engines.ports import is_free

if TYPE_CHECKING:
    from e2e.command_line import Result
    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

USUAL_PORTS = (7233, 8233, 7243)


@pytest.fixture
def checkouts(yard: Yard) -> list[Stack]:
    return [yard.copy_of(SHOP, f"{place}/shop") for place in ("one", "two")]


def test_two_checkouts_come_up_at_the_same_time(checkouts: list[Stack]) -> None:
    """Nobody gives an option, nobody configures a port: both are ready, and neither sees the other's data."""
    # Somebody outside these tests may hold the usual ports; then, and only then, an option is needed.
    options = () if all(map(is_free, USUAL_PORTS)) else ("--any-port",)
    first, second = _all_at_once([(stack, ("up", *options, "-o", "json")) for stack in checkouts])
    assert (first.exit, second.exit) == (0, 0), (first, second)
    for stack, result in zip(checkouts, (first, second), strict=True):
        stack.document = result.document
        assert (stack.document["state"], stack.document["engine"]) == ("ready", "compose")
    one, two = checkouts
    assert one.name != two.name
    assert not _addresses(one) & _addresses(two)
    assert any("is taken" in result.err for result in (first, second))
    identifier = complete_workflow(one.grpc, "orders")
    assert eventually(lambda: found_by(one.grpc, "orders", "")) == [identifier]
    assert found_by(two.grpc, "orders", "") == []
    assert {one.name, two.name} <= {item["name"] for item in one.cli.answer("ls")["stacks"]}


def test_up_twice_at_the_same_time_makes_one_stack(yard: Yard) -> None:
    """One of them waits for the other and says so; both end well."""
    stack = yard.project("twice")
    first, second = _all_at_once([(stack, UP), (stack, UP)])
    assert (first.exit, second.exit) == (0, 0), (first, second)
    assert first.document["endpoints"] == second.document["endpoints"]
    assert {first.document["state"], second.document["state"]} == {"ready"}
    assert sum("waiting for it" in result.err for result in (first, second)) == 1
    assert len(stack.services()) == len(stack.containers()) == 6


def _all_at_once(commands: list[tuple[Stack, tuple[str, ...]]]) -> list[Result]:
    processes = [stack.cli.start(*arguments) for stack, arguments in commands]
    try:
        return [finish(process) for process in processes]
    finally:
        for process in processes:
            process.kill()


def _addresses(stack: Stack) -> set[str]:
    endpoints = stack.document["endpoints"]
    return {endpoints[name] for name in ("grpc", "ui", "http")}
