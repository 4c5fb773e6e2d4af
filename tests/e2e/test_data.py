"""Nothing is lost that was not asked to be lost, and nothing of anybody else's is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from e2e import engine_view
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.stacks import UP
from e2e.workflows import complete_workflow, found_by, history_of, is_serving

from devenv.engines.ports import any_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

SEEDS = """\
namespaces:
  - {name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}
"""
COMPLETED = "workflow_execution_completed_event_attributes"
FOREIGN = "dev.temporal-devenv.test=foreign"


@pytest.fixture(scope="module")
def small(module_yard: Yard) -> Stack:
    """Return the small stack of this module, up for the first time.

    On ports of its own: while it is down, another worker's stack may take any that a file does not name.
    """
    ports = "".join(f"{name} = {any_free()}\n" for name in ("grpc", "ui", "http"))
    small = module_yard.project("data", {"devenv.toml": f"[ports]\n{ports}", "seeds/orders.yaml": SEEDS})
    small.up()
    return small


@pytest.fixture
def stack(small: Stack) -> Stack:
    """Return the small stack, up: whichever tests ran before."""
    if not small.containers():
        small.up()
    return small


@dataclass(frozen=True)
class Kept:
    """A stack that is down, what `down` said, and a completed workflow that it had before."""

    stack: Stack
    down: Any
    workflow: str
    history: list[str]


@pytest.fixture(scope="module")
def kept(small: Stack) -> Kept:
    """Return the small stack, taken down with the history of a workflow; the last of its tests wakes it."""
    identifier = complete_workflow(small.grpc, "orders")
    history = history_of(small.grpc, "orders", identifier)
    return Kept(small, small.cli.answer("down"), identifier, history)


def test_down_removes_everything_but_the_data(kept: Kept) -> None:
    assert (kept.down["removed"], kept.down["data_kept"]) == (True, True)
    assert kept.stack.containers() == []
    assert engine_view.networks(kept.stack.label) == []
    assert len(engine_view.volumes(kept.stack.label)) == 2
    assert kept.stack.cli.answer("status")["state"] == "absent"


def test_an_engine_that_has_data_is_not_replaced_while_it_is_away(kept: Kept) -> None:
    """Falling back would look like lost data."""
    cli = kept.stack.cli.with_variables(DOCKER_HOST="unix:///nonexistent.sock")
    error = cli.run("up", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("engine-away", 4)
    assert "compose" in error["message"]
    assert "Docker volumes" in error["message"]
    for command in (("down",), ("down", "--volumes", "--yes")):
        assert cli.run(*command, "-o", "json").error["code"] == "engine-away"


def test_a_deadline_leaves_the_data_alone(kept: Kept) -> None:
    volumes = engine_view.volumes(kept.stack.label)
    assert kept.stack.cli.run(*UP, "--timeout", "1s").error["exit_code"] == 6
    assert kept.stack.containers() == []
    assert engine_view.volumes(kept.stack.label) == volumes


def test_a_completed_workflow_survives_down_and_up(kept: Kept) -> None:
    """No engine, no port is asked for: the stack remembers."""
    stack, endpoints = kept.stack, kept.stack.document["endpoints"]
    stack.document = stack.cli.answer("up")
    assert (stack.document["engine"], stack.document["endpoints"]) == ("compose", endpoints)
    assert kept.history[-1] == COMPLETED
    assert history_of(stack.grpc, "orders", kept.workflow) == kept.history
    found = eventually(lambda: found_by(stack.grpc, "orders", "ExecutionStatus = 'Completed'"))
    assert found == [kept.workflow]
    assert stack.document["drift"] == []


def test_stop_and_start_keep_the_containers(stack: Stack) -> None:
    before = _started(stack)
    containers = stack.containers()
    identifier = complete_workflow(stack.grpc, "orders")
    assert stack.cli.run("stop").exit == 0
    status = stack.cli.answer("status")
    assert status["state"] == "stopped"
    assert {service["state"] for service in status["services"]} == {"exited"}
    assert stack.cli.run("env", "-o", "json").error["code"] == "not-running"
    started = stack.cli.answer("start")
    assert (started["state"], started["endpoints"]) == ("ready", stack.document["endpoints"])
    assert stack.containers() == containers
    assert _changed(before, _started(stack)) == {"opensearch", "postgres", "temporal", "ui"}
    assert history_of(stack.grpc, "orders", identifier)[-1] == COMPLETED


def test_restart_of_one_service_restarts_no_other(stack: Stack) -> None:
    before = _started(stack)
    restarted = stack.cli.answer("restart", "temporal")
    assert restarted["state"] == "ready"
    assert {item["state"] for item in restarted["namespaces"]} == {"usable"}
    assert is_serving(stack.grpc)
    assert _changed(before, _started(stack)) == {"temporal"}


def _started(stack: Stack) -> dict[str, str]:
    """Return when each service was started last; the one-shots may run again at any time."""
    lasting = (service["name"] for service in stack.document["services"])
    described = stack.services()
    return {name: described[name]["State"]["StartedAt"] for name in lasting}


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_a_service_that_does_not_exist_is_refused_with_the_ones_that_do(stack: Stack) -> None:
    error = stack.cli.run("stop", "redis", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("unknown-service", 1)
    assert "opensearch, postgres, temporal, ui" in error["hint"]


@pytest.fixture
def foreign_things(stack: Stack) -> Iterator[list[str]]:
    """Somebody else's container, network and volume, and containers that look much like ours."""
    image = stack.services()["ui"]["Config"]["Image"]
    docker("volume", "create", f"--label={FOREIGN}", "foreign-data")
    docker("network", "create", f"--label={FOREIGN}", "foreign-network")
    run = ("run", "--detach", "--pull=never", "--entrypoint=sleep", "--volume=foreign-data:/data")
    docker(*run, f"--label={FOREIGN}", "--network=foreign-network", image, "600")
    # The same stack's name, of another user; and another stack of this one.
    for name, owner in ((stack.name, "4242"), (f"{stack.name}2", engine_view.owner())):
        labels = {"stack": name, "owner": owner}
        ours = (f"--label={engine_view.LABEL}.{key}={value}" for key, value in labels.items())
        docker(*run, f"--label={FOREIGN}", *ours, image, "600")
    yield engine_view.everything(FOREIGN)
    engine_view.remove_everything(FOREIGN)


def test_down_with_volumes_removes_this_stack_and_nothing_else(
    stack: Stack, foreign_things: list[str]
) -> None:
    """Neither what is somebody else's nor another stack of the same user."""
    assert len(foreign_things) == 5
    refused = stack.cli.run("down", "--volumes", "-o", "json")
    assert (refused.exit, refused.error["code"]) == (9, "confirmation-needed")
    assert len(stack.containers()) == 6
    down = stack.cli.answer("down", "--volumes", "--yes")
    assert (down["removed"], down["data_kept"]) == (True, False)
    assert stack.everything() == []
    assert engine_view.everything(f"com.docker.compose.project={stack.name}") == []
    assert engine_view.everything(FOREIGN) == foreign_things
    assert all(item["State"]["Running"] for item in engine_view.inspect("container", *_ids(foreign_things)))
    assert stack.name not in {item["name"] for item in stack.cli.answer("ls")["stacks"]}


def _ids(things: list[str]) -> list[str]:
    return [thing.removeprefix("container ") for thing in things if thing.startswith("container ")]


def test_down_on_nothing_is_no_failure(yard: Yard) -> None:
    stack = yard.project("never-up")
    for options in ((), ("--volumes", "--yes")):
        down = stack.cli.answer("down", *options)
        assert (down["removed"], down["data_kept"]) == (False, False)
