"""The eye on the services while something else is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.launch import FakeLaunch

from devenv.engines.protocol import Service
from devenv.errors import ServiceCrashedError
from devenv.stack.progress import Progress, ServiceMonitor, is_up

if TYPE_CHECKING:
    from fakes.world import World


def make_watch(world: World, launch: FakeLaunch | None = None) -> tuple[ServiceMonitor, Progress]:
    progress = Progress(world.reporter, world.clock)
    return ServiceMonitor(world.compose, world.stack().identity, launch, progress, world.clock), progress


def test_a_service_is_reported_once_when_it_is_up(world: World) -> None:
    """However often somebody looks; its timing counts from the launch."""
    watch, progress = make_watch(world)
    world.compose.put("shop", "postgres", health="starting")
    watch()
    world.clock.sleep(2)
    world.compose.put("shop", "postgres", health="healthy")
    for _ in range(3):
        watch()
        world.clock.sleep(1)
    steps = [("postgres", "started"), ("postgres", "waiting"), ("postgres", "done")]
    assert world.reporter.steps() == steps
    assert [(each.step, each.seconds) for each in progress.timings] == [("postgres", 2.0)]


def test_a_service_that_is_not_up_says_what_it_does(world: World) -> None:
    """Four services without a word would look as if nothing went on."""
    watch, _ = make_watch(world)
    world.compose.put("shop", "opensearch", health="starting")
    world.compose.put("shop", "temporal", "created", activity="waiting for the database")
    watch()
    assert world.reporter.messages("opensearch") == ["", "starting"]
    assert world.reporter.messages("temporal") == ["", "waiting for the database"]
    assert watch.last_seen_not_up() == [
        "service opensearch is starting",
        "service temporal is created: waiting for the database",
    ]


def test_a_one_shot_that_ended_well_has_finished(world: World) -> None:
    """The word `exited` reads like a failure."""
    watch, _ = make_watch(world)
    job = Service("migrate", "exited", exit_code=0, is_one_shot=True)
    world.compose.running["shop"] = {"migrate": job}
    watch()
    assert world.reporter.messages("migrate") == ["", "finished"]


def test_a_failed_launch_is_raised_to_whoever_waits(world: World) -> None:
    """The launch knows what happened; the watch only asks it."""
    watch, _ = make_watch(world, FakeLaunch(ServiceCrashedError("temporal", 1, [])))
    with pytest.raises(ServiceCrashedError):
        watch()


def test_the_engine_is_not_asked_at_every_try(world: World) -> None:
    """Tries come twenty times a second; looks must not load the engine."""
    launch = FakeLaunch()
    watch, _ = make_watch(world, launch)
    watch()
    launch.failure = ServiceCrashedError("temporal", 1, [])
    world.clock.sleep(0.05)
    watch()
    world.clock.sleep(5)
    with pytest.raises(ServiceCrashedError):
        watch()


def test_services_that_are_not_up_are_named_with_their_state(world: World) -> None:
    """Health where it is known, else the state."""
    watch, _ = make_watch(world)
    world.compose.put("shop", "opensearch", health="starting")
    world.compose.put("shop", "postgres")
    world.compose.put("shop", "temporal", "exited", exit_code=1)
    assert watch.not_up() == ["service opensearch is starting", "service temporal is exited"]


@pytest.mark.parametrize(
    ("state", "health", "up"),
    [
        ("running", None, True),
        ("running", "healthy", True),
        ("running", "starting", False),
        ("running", "unhealthy", False),
        ("created", None, False),
        ("restarting", "healthy", False),
        ("exited", None, False),
    ],
)
def test_up_is_running_and_healthy_where_that_is_checked(state: str, health: str | None, *, up: bool) -> None:
    """A container that runs is not up before its health check says so."""
    assert is_up(Service("x", state, health)) is up


@pytest.mark.parametrize(("exit_code", "up"), [(0, True), (1, False)])
def test_a_one_shot_that_ended_well_is_not_waited_for(exit_code: int, *, up: bool) -> None:
    """It did what it is for."""
    assert is_up(Service("migrate", "exited", exit_code=exit_code, is_one_shot=True)) is up
