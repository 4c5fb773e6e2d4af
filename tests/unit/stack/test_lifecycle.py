"""`stop`, `start` and `restart`, and where a stack is to be found."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.locked import LockedEngine
from fakes.world import World, make_desired, make_record

from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.engines.protocol import LogLine
from devenv.errors import (
    ImageUnavailableError,
    NotReadyError,
    NotRunningError,
    ServiceCrashedError,
    StackNameTakenError,
    UnknownServiceError,
)
from devenv.project.state import StackStore
from devenv.stack.environment import client_environment, client_variables, without_own_virtualenv
from devenv.stack.lifecycle import restart, start, stop
from devenv.stack.report import StackState
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.calls.clear()
    return world


def start_again(world: World, services: Sequence[str] = (), desired: Desired | None = None) -> StackReport:
    return start(world.stack(), services, desired or make_desired(), UpRequest())


@pytest.mark.parametrize(("services", "call"), [((), "stop"), (("ui", "postgres"), "stop ui postgres")])
def test_stop_stops_all_or_the_named_services(running: World, services: Sequence[str], call: str) -> None:
    """Nothing is removed."""
    stop(running.stack(), services)
    assert running.compose.calls == [call]
    assert running.compose.data == {"shop"}


def test_start_brings_a_stopped_stack_back_and_proves_it(running: World) -> None:
    """With the promise of `up`."""
    stop(running.stack(), ())
    assert start_again(running).state is StackState.READY
    assert len(running.gateway.proven) == 2


def test_start_of_one_service_waits_until_it_is_up(running: World) -> None:
    """And tells how the whole stack is then."""
    stop(running.stack(), ("ui",))
    report = start_again(running, ("ui",))
    assert running.compose.calls == ["stop ui", "start ui"]
    assert report.state is StackState.READY


def test_start_of_one_service_leaves_a_stack_that_lacks_the_others(running: World) -> None:
    """It has nothing more to start, so it is not starting."""
    stop(running.stack(), ())
    assert start_again(running, ("temporal",)).state is StackState.DEGRADED


def test_start_of_one_service_ends_at_the_deadline(running: World) -> None:
    """A service that never becomes healthy is named."""
    stop(running.stack(), ("ui",))
    running.compose.put("shop", "ui", health="unhealthy")
    with pytest.raises(NotReadyError) as caught:
        start_again(running, ("ui",))
    assert caught.value.details == ("still missing: service ui is unhealthy",)


def test_start_of_one_service_tells_the_engine_all_that_up_does(world: World) -> None:
    """Its ports, and dynamic config for an engine that reads no file."""
    entry = Entry("limit.maxIDLength", 255, {}, "x.yaml:1:1", "x")
    desired = make_desired(dynamic_config=DynamicConfig((entry,)))
    bring_up(world.stack(), desired, UpRequest())
    start_again(world, ("ui",), desired)
    launched, started = world.compose.specs
    assert started == launched
    assert started.settings == {"limit.maxIDLength": 255}


def test_a_service_that_ends_at_once_is_told_at_once(running: World) -> None:
    """With its last lines, long before the deadline."""
    stop(running.stack(), ("ui",))
    running.compose.crashing = {"ui"}
    running.compose.log = [LogLine("ui", "panic: no port"), LogLine("temporal", "fine")]
    with pytest.raises(ServiceCrashedError, match="service ui ended with exit code 1") as caught:
        start_again(running, ("ui",))
    assert list(caught.value.details) == ["panic: no port"]
    assert running.clock.seconds < 1


class CountingStore(StackStore):
    """Counts how often a stack's lock was taken."""

    taken = 0

    @contextmanager
    def lock(self, name: str, timeout: timedelta, on_wait: Callable[[], None]) -> Iterator[None]:
        self.taken += 1
        with super().lock(name, timeout, on_wait):
            yield


@pytest.mark.parametrize("change", [start, restart])
@pytest.mark.parametrize("services", [(), ("ui",)], ids=["all", "ui"])
def test_nobody_gets_in_between(
    tmp_path: Path, running: World, change: Callable[..., StackReport], services: Sequence[str]
) -> None:
    """What is stopped and started is so under one lock."""
    store = CountingStore(tmp_path / "stacks")
    engine = LockedEngine(store=store, running=running.compose.running, servers=running.compose.servers)
    running.store, running.compose = store, engine
    running.deps = running.make_dependencies(running.reporter)
    change(running.stack(), services, make_desired(), UpRequest())
    assert engine.changes_without_lock == []
    assert store.taken == 1


@pytest.mark.parametrize("again", [start, restart])
@pytest.mark.parametrize("services", [(), ("temporal",)], ids=["all", "one"])
def test_a_stack_stays_on_its_engine(
    world: World, again: Callable[..., StackReport], services: Sequence[str]
) -> None:
    """Whatever the settings say by now."""
    bring_up(world.stack(), make_desired(settings={"engine": "embedded"}), UpRequest())
    elsewhere = make_desired(settings={"engine": "compose"})
    report = again(world.stack(), services, elsewhere, UpRequest())
    assert report.engine == "embedded"
    assert world.compose.calls == []


def test_restart_stops_and_starts(running: World) -> None:
    """In this order, and the report is the one of `start`."""
    report = restart(running.stack(), ("ui",), make_desired(), UpRequest())
    assert running.compose.calls == ["stop ui", "start ui"]
    assert report.state is StackState.READY


def test_restart_stops_nothing_that_up_would_refuse(running: World) -> None:
    """An image that is gone is told of while the stack still runs."""
    running.images.failure = ImageUnavailableError("postgres:17", setting="versions.postgres")
    with pytest.raises(ImageUnavailableError):
        restart(running.stack(), (), make_desired(), UpRequest())
    assert running.compose.calls == []


def test_an_unknown_service_is_named_with_those_there_are(running: World) -> None:
    """Nothing is stopped for it."""
    with pytest.raises(UnknownServiceError, match="no service redis") as caught:
        stop(running.stack(), ("ui", "redis"))
    assert "opensearch, postgres, temporal, ui" in caught.value.hint
    assert running.compose.calls == []


def test_an_absent_stack_is_not_running(world: World) -> None:
    """Neither one never heard of nor one that is down."""
    with pytest.raises(NotRunningError):
        world.stack().require_exists()
    world.store.save(make_record(project=world.stack().project))
    with pytest.raises(NotRunningError):
        world.stack().require_exists()


def test_a_stack_of_another_project_is_no_ones_to_stop(running: World) -> None:
    """By name alone it is not found."""
    running.store.save(make_record(project="/elsewhere"))
    with pytest.raises(StackNameTakenError):
        stop(running.stack(), ())
    assert running.compose.calls == []


def test_a_client_is_pointed_to_the_running_stack(running: World) -> None:
    """Address, namespace, and no TLS."""
    endpoints = running.stack().require_serving().endpoints
    settings = make_desired(settings={"namespace": "orders"}).settings
    assert client_variables(endpoints, settings.namespace) == {
        "TEMPORAL_ADDRESS": "127.0.0.1:7233",
        "TEMPORAL_NAMESPACE": "orders",
        "TEMPORAL_TLS": "false",
    }


def test_a_stack_whose_server_is_stopped_has_no_address(running: World) -> None:
    """Though its database may still run."""
    stop(running.stack(), ("temporal",))
    with pytest.raises(NotRunningError):
        running.stack().require_serving()


@pytest.mark.parametrize(
    "variable", ["TEMPORAL_API_KEY", "TEMPORAL_PROFILE", "TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_KEY"]
)
def test_a_cloud_profile_does_not_reach_a_client(variable: str) -> None:
    """What the developer's shell says about another server is taken away; the rest stays."""
    inherited = {variable: "x", "PATH": "/bin", "TEMPORAL_ADDRESS": "cloud:7233"}
    environment = client_environment(inherited, {"TEMPORAL_ADDRESS": "127.0.0.1:7233"})
    assert environment == {"PATH": "/bin", "TEMPORAL_ADDRESS": "127.0.0.1:7233"}


def test_the_virtual_environment_of_devenv_is_not_the_commands(tmp_path: Path) -> None:
    """Unless the project holds it; another one that is activated stays."""
    own = {"VIRTUAL_ENV": sys.prefix, "PATH": "/bin"}
    assert without_own_virtualenv(own, tmp_path) == {"PATH": "/bin"}
    assert without_own_virtualenv(own, Path(sys.prefix).resolve().parent) == own
    others = {"VIRTUAL_ENV": str(tmp_path)}
    assert without_own_virtualenv(others, tmp_path / "project") == others
