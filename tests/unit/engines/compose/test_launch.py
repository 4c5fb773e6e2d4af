"""A launch under way: what counts as a failure of it."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, cast

import pytest
from fakes.docker import FakeDocker, captured

from devenv.engines.compose.containers import Containers
from devenv.engines.compose.launch import ComposeLaunch
from devenv.engines.protocol import LaunchSpec, Service, StackIdentity
from devenv.errors import CommandFailedError, PortTakenError, ServiceCrashedError
from devenv.project.services import Ports

if TYPE_CHECKING:
    import docker

    from devenv.engines.compose.orchestration import Orchestration

SHOP = StackIdentity("shop-3f2a1c", Path("/projects/shop"), 1000)
LATER = "2026-01-02T03:05:00Z"


class FakeOrchestration:
    """Compose that brings up at once, fails, or waits until it is told.

    Each run takes the first of `failures`, if any are left; `calls` are the runs that were begun.
    """

    def __init__(self, *failures: CommandFailedError) -> None:
        self.may_create = Event()
        self.may_end = Event()
        self.may_create.set()
        self.may_end.set()
        self.calls: list[str] = []
        self._failures = list(failures)

    def create(self) -> None:
        self.calls.append("create")
        self.may_create.wait(20)
        self._finish()

    def up(self) -> None:
        self.calls.append("up")
        self.may_end.wait(20)
        self._finish()

    def end(self) -> None:
        self.calls.append("end")
        self._failures.append(CommandFailedError("ended", []))
        self.may_create.set()
        self.may_end.set()

    def _finish(self) -> None:
        if self._failures:
            raise self._failures.pop(0)


def launch(engine: FakeDocker, compose: FakeOrchestration | None = None) -> ComposeLaunch:
    client = Containers(cast("docker.DockerClient", engine))
    spec = LaunchSpec(SHOP, Ports.of(grpc=7233, ui=8233, http=7243))
    return ComposeLaunch(cast("Orchestration", compose or FakeOrchestration()), client, spec)


@pytest.mark.parametrize(
    ("name", "state", "exit_code", "crashed"),
    [
        ("temporal", "running", None, False),
        ("temporal", "created", 0, False),
        ("temporal", "exited", 0, True),
        ("temporal", "exited", 1, True),
        ("temporal", "dead", 137, True),
        ("sql-schema", "exited", 0, False),
        ("visibility-index", "exited", 0, False),
        ("sql-schema", "exited", 1, True),
        ("visibility-index", "dead", 137, True),
        ("migrate", "exited", 0, False),
        ("migrate", "exited", 1, True),
    ],
)
def test_a_service_may_not_end_and_a_one_shot_may_end_well(
    name: str, state: str, exit_code: int | None, *, crashed: bool
) -> None:
    """Nothing else is a crash; `migrate` is a job of an overlay."""
    is_one_shot = name != "temporal"
    assert Service(name, state, exit_code=exit_code, is_one_shot=is_one_shot).has_crashed is crashed


def test_a_launch_that_goes_well_says_nothing() -> None:
    """One-shots that are done are no failure."""
    docker = FakeDocker([captured("temporal"), captured("sql-schema", exit_code=0)])
    launch(docker).wait()


def test_a_crash_is_told_with_its_last_lines() -> None:
    """And its exit code."""
    docker = FakeDocker()
    running = launch(docker)
    docker.api.described = [captured("temporal", exit_code=1)]
    docker.api.output = {"shop-3f2a1c-temporal": b"starting\npanic: no database"}
    with pytest.raises(ServiceCrashedError, match="temporal ended with exit code 1") as caught:
        running.check()
    assert caught.value.details == ("starting", "panic: no database")


def test_what_ended_earlier_did_not_crash_in_this_launch() -> None:
    """A stopped stack is full of ended containers; the same one ending again is a crash."""
    docker = FakeDocker([captured("temporal", exit_code=1)])
    running = launch(docker)
    running.check()
    docker.api.described = [captured("temporal", exit_code=1, started_at=LATER)]
    docker.api.output = {"shop-3f2a1c-temporal": b""}
    with pytest.raises(ServiceCrashedError):
        running.check()


def test_composes_own_failure_is_raised_when_somebody_looks() -> None:
    """It happened in another thread."""
    failure = CommandFailedError("`docker compose up` failed", ["docker"], ["no space left"])
    running = launch(FakeDocker(), FakeOrchestration(failure))
    with pytest.raises(CommandFailedError) as caught:
        running.wait()
    assert caught.value is failure


def test_a_port_that_somebody_else_got_first_is_told_with_its_holder() -> None:
    """Compose only says that it is taken."""
    other = captured("ui", stack="other-1b2c3d")
    docker = FakeDocker([other])
    docker.api.published = {other["Id"]: [8233]}
    said = ["Error response from daemon: Bind for 127.0.0.1:8233 failed: port is already allocated"]
    running = launch(docker, FakeOrchestration(CommandFailedError("`docker compose up` failed", [], said)))
    with pytest.raises(PortTakenError, match=r"Port 8233 \(ui\) is taken by the container other-1b2c3d-ui-1"):
        running.wait()


def test_a_crash_says_more_than_the_failure_that_follows_from_it() -> None:
    """Compose only knows that a dependency failed to start."""
    docker = FakeDocker()
    compose = FakeOrchestration(CommandFailedError("dependency failed to start", []))
    running = launch(docker, compose)
    docker.api.described = [captured("sql-schema", exit_code=1)]
    docker.api.output = {"shop-3f2a1c-sql-schema": b"no such host"}
    with pytest.raises(ServiceCrashedError, match="sql-schema"):
        running.wait()


def test_a_launch_returns_at_once_and_can_be_waited_for() -> None:
    """Compose is not done when the first check is made."""
    compose = FakeOrchestration(CommandFailedError("late", []))
    compose.may_end.clear()
    running = launch(FakeDocker(), compose)
    running.check()
    compose.may_end.set()
    with pytest.raises(CommandFailedError, match="late"):
        running.wait()


def running_stack() -> FakeDocker:
    return FakeDocker([captured("temporal"), captured("postgres")])


def test_a_stack_that_runs_is_replaced_before_anything_is_started() -> None:
    """Until then nobody knows which containers are to stay."""
    compose = FakeOrchestration()
    compose.may_create.clear()
    running = launch(running_stack(), compose)
    assert running.replacing() == ["Docker Compose replaces the containers that changed"]
    assert compose.calls == ["create"]
    compose.may_create.set()
    running.wait()
    assert running.replacing() == []
    assert compose.calls == ["create", "up"]


def test_a_stack_that_does_not_run_is_started_at_once() -> None:
    """There is nobody who could answer and be gone; a second run of Compose would only take time."""
    compose = FakeOrchestration()
    stopped = launch(FakeDocker([captured("temporal", exit_code=0)]), compose)
    assert stopped.replacing() == []
    stopped.wait()
    assert compose.calls == ["up"]


def test_a_container_that_compose_stops_to_replace_it_did_not_crash() -> None:
    """It has ended, and only the new one may be looked at."""
    docker, compose = running_stack(), FakeOrchestration()
    compose.may_create.clear()
    running = launch(docker, compose)
    docker.api.described = [captured("temporal", exit_code=2, started_at=LATER)]
    running.check()
    compose.end()
    running.end()


def test_a_failure_to_replace_ends_the_wait_for_it() -> None:
    """Nobody waits for what will not come."""
    running = launch(running_stack(), FakeOrchestration(CommandFailedError("no space", ["docker"])))
    running._thread.join(20)
    with pytest.raises(CommandFailedError, match="no space"):
        running.replacing()


@pytest.mark.parametrize(
    "said",
    [
        "Error response from daemon: No such container: 5106615c3d43bea7",
        'Conflict. The container name "/shop-3f2a1c-temporal-1" is already in use by container "7e1"',
        "removal of container 4f1c is already in progress",
    ],
)
def test_what_was_in_composes_way_is_cleared_and_compose_runs_again(said: str) -> None:
    """An earlier Compose, or another client of the engine, had left it or was faster."""
    docker = running_stack()
    docker.api.described[0]["Name"] = "/0123456789ab_shop-3f2a1c-temporal-1"
    compose = FakeOrchestration(CommandFailedError("`docker compose create` failed", [], [said]))
    launch(docker, compose).wait()
    assert compose.calls == ["create", "create", "up"]
    assert docker.api.described[0]["Name"] == "/shop-3f2a1c-temporal-1"


def test_a_failure_that_stays_is_tried_twice_at_most() -> None:
    """The second one is the user's to know."""
    said = CommandFailedError("failed", [], ["No such container: x"])
    compose = FakeOrchestration(said, said)
    running = launch(FakeDocker(), compose)
    with pytest.raises(CommandFailedError, match="failed"):
        running.wait()
    assert compose.calls == ["up", "up"]


def test_a_launch_that_is_ended_starts_nothing_more() -> None:
    """Compose is ended in the middle of its work."""
    compose = FakeOrchestration()
    compose.may_create.clear()
    running = launch(running_stack(), compose)
    running.end()
    assert compose.calls == ["create", "end"]
