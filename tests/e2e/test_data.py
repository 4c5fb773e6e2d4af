"""Nothing is lost that was not asked to be lost, and nothing of anybody else's is touched."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from e2e import engine_view
from e2e.command_line import finish, finish_all, read_until
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.stacks import BROKEN, UP
from e2e.workflows import complete_workflow, found_by, history_of, is_serving

from devenv.engines.compose.containers import Containers
from devenv.engines.docker.connection import connect
from devenv.engines.host.ports import any_free
from devenv.engines.protocol import StackIdentity

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
def settings() -> str:
    """Return settings with ports of their own.

    While the stack is down, another worker's may take any that a file does not name.
    """
    return "[ports]\n" + "".join(f"{name} = {any_free()}\n" for name in ("grpc", "ui", "http"))


@pytest.fixture(scope="module")
def crashed(module_yard: Yard, settings: str) -> Stack:
    """Return the small stack of this module, of which a service crashed, and which was kept for a look."""
    broken = {**BROKEN, "devenv.toml": settings + BROKEN["devenv.toml"]}
    stack = module_yard.project("data", {**broken, "seeds/orders.yaml": SEEDS})
    stack.cli.answer("trust", "--yes")
    assert stack.cli.run(*UP, "--keep-on-failure").error["exit_code"] == 7
    return stack


@pytest.fixture(scope="module")
def small(crashed: Stack, settings: str) -> Stack:
    """Return the small stack, mended and up for the first time."""
    (crashed.project / "devenv.toml").write_text(settings)
    crashed.up()
    return crashed


@pytest.fixture
def stack(small: Stack) -> Stack:
    """Return the small stack, up: whichever tests ran before."""
    if not small.containers():
        small.up()
    return small


def test_what_failed_and_was_kept_can_be_looked_at(crashed: Stack) -> None:
    assert "nowhere.yaml" in crashed.cli.run("logs", "temporal").out
    assert crashed.cli.run("status", "--exit-code").exit == 8


def test_whoever_ends_up_early_has_lost_nothing_and_up_resumes(crashed: Stack, settings: str) -> None:
    """After Ctrl-C, and after SIGTERM; the next one goes on, and so does another that comes meanwhile."""
    (crashed.project / "devenv.toml").write_text(settings)
    left = _left_after(signal.SIGINT, crashed, exit_code=130, code="interrupted")
    assert left <= _left_after(signal.SIGTERM, crashed, exit_code=143, code="terminated")
    first, second = finish_all([crashed.cli.start(*UP), crashed.cli.start(*UP)])
    assert (first.exit, second.exit) == (0, 0), (first, second)
    assert {first.document["state"], second.document["state"]} == {"ready"}
    assert first.document["endpoints"] == second.document["endpoints"]
    assert sum("waiting for it" in result.err for result in (first, second)) == 1
    assert left <= _not_mended(crashed)
    assert len(crashed.services()) == len(crashed.containers()) == 6


def _left_after(number: signal.Signals, stack: Stack, *, exit_code: int, code: str) -> set[str]:
    """End an `up` under way; return the containers that are left."""
    with stack.cli.start(*UP, "-v") as process:
        read_until("✓ launch", process)
        process.send_signal(number)
        result = finish(process, timeout_s=30)
    assert (result.exit, result.error["code"]) == (exit_code, code)
    assert "`devenv up` resumes" in result.error["hint"]
    assert "Traceback" not in result.err
    return eventually(lambda: _not_mended(stack))


def _not_mended(stack: Stack) -> set[str]:
    """Return the containers of the stack but for that of the service that was mended: it is made anew."""
    return {item["Id"] for name, item in stack.services().items() if name != "temporal"}


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


def test_another_major_of_postgres_is_refused_while_the_data_is_kept(kept: Kept) -> None:
    """By what is remembered, and without that by the data itself; no image of the other is needed."""
    settings = kept.stack.project / "devenv.toml"
    before = settings.read_text()
    settings.write_text(f'{before}[versions]\npostgres = "16"\n')
    try:
        error = kept.stack.cli.run(*UP).error
        drift = kept.stack.cli.answer("status")["drift"]
    finally:
        settings.write_text(before)
    assert (error["code"], error["exit_code"]) == ("data-version", 3)
    assert 'write `postgres = "17"`' in error["hint"]
    assert [(each["name"], each["before"], each["after"]) for each in drift] == [("postgres", "17", "16")]
    identity = StackIdentity(kept.stack.name, kept.stack.project, os.getuid())
    image = next(each["image"] for each in kept.stack.document["services"] if each["name"] == "postgres")
    assert Containers(connect()).postgres_version(identity, image) == "17"
    assert kept.stack.containers() == []


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
    assert stack.cli.run("stop", "opensearch", "temporal", "ui").exit == 0
    _assert_all_commands_agree_that_the_server_is_down(stack)
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


def _assert_all_commands_agree_that_the_server_is_down(stack: Stack) -> None:
    """Postgres alone runs."""
    for command in (["env"], ["open"], ["plan"], ["namespace", "list"], ["import", "--dry-run"]):
        error = stack.cli.run(*command, "-o", "json").error
        assert (error["code"], error["exit_code"]) == ("not-running", 1), command
    status = stack.cli.answer("status")
    assert (status["state"], status["namespaces"]) == ("degraded", [])


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
