"""Nothing is written to a server, and none is called ready, that is not proven to be the stack's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.engine import SERVICES
from fakes.world import make_desired, make_record

from devenv.errors import NotRunningError, PortTakenError, StackElsewhereError
from devenv.stack.lifecycle import stop
from devenv.stack.namespace_commands import (
    create_namespace,
    delete_namespace,
    list_namespaces,
    wanted_namespace,
)
from devenv.stack.plan_and_apply import apply_to_stack, plan_stack
from devenv.stack.ports import Ownership
from devenv.stack.report import StackState
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.world import World

STRANGER = "temporal (pid 12)"
PORTS = {"grpc": 7233, "ui": 8233, "http": 7243}


def up(world: World) -> None:
    bring_up(world.stack(), make_desired(), UpRequest())


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up."""
    up(world)
    world.gateway.calls.clear()
    world.gateway.proven.clear()
    world.reporter.events.clear()
    return world


def lose(world: World, name: str, holder: str = STRANGER) -> None:
    """Have a stranger hold a port of the stack."""
    world.ports.hold([PORTS[name]], holder)
    world.compose.lost_ports.add(PORTS[name])


def assert_untouched(world: World) -> None:
    assert (world.gateway.calls, world.gateway.proven) == ([], [])


class TestUp:
    """A port is taken after it was chosen."""

    @pytest.mark.parametrize("name", PORTS)
    def test_never_says_ready(self, world: World, name: str) -> None:
        world.compose.when_launched = lambda: lose(world, name)
        with pytest.raises(PortTakenError, match=rf"Port {PORTS[name]} \({name}\) is taken by temporal"):
            up(world)
        assert world.compose.running == {}
        assert world.store.load("shop") is None

    def test_writes_nothing_to_who_took_the_grpc_port(self, world: World) -> None:
        world.compose.when_launched = lambda: lose(world, "grpc")
        with pytest.raises(PortTakenError):
            up(world)
        assert_untouched(world)

    def test_a_port_that_is_just_changing_hands_is_waited_for(self, world: World) -> None:
        """As that of a container which is replaced."""

        def change_hands() -> None:
            lose(world, "grpc", "docker-proxy (pid 9)")
            world.clock.at(world.clock.now() + 0.5, give_back)

        def give_back() -> None:
            world.ports.held.clear()
            world.compose.lost_ports.clear()

        world.compose.when_launched = change_hands
        up(world)
        assert world.gateway.proven

    def test_a_stack_that_runs_and_has_lost_its_port_is_not_ready(self, running: World) -> None:
        lose(running, "grpc")
        with pytest.raises(PortTakenError, match="temporal"):
            up(running)
        assert_untouched(running)


COMMANDS: dict[str, Callable[[World], object]] = {
    "plan": lambda world: plan_stack(world.stack(), make_desired(), prune=False),
    "apply": lambda world: apply_to_stack(world.stack(), make_desired()),
    "namespace list": lambda world: list_namespaces(world.stack(), make_desired()),
    "namespace create": lambda world: create_namespace(
        world.stack(), wanted_namespace("new", make_desired()), make_desired()
    ),
    "namespace delete": lambda world: delete_namespace(world.stack(), "orders", make_desired()),
    "env and temporal": lambda world: world.stack().require_serving().endpoints,
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
class TestEveryCommand:
    """What connects to the server is told who has its port, and sends nothing."""

    def test_of_a_stack_that_has_lost_its_port(
        self, running: World, command: Callable[[World], object]
    ) -> None:
        lose(running, "grpc")
        with pytest.raises(PortTakenError, match=r"Port 7233 \(grpc\) is taken by temporal \(pid 12\)"):
            command(running)
        assert_untouched(running)

    def test_of_a_stack_that_is_down(self, running: World, command: Callable[[World], object]) -> None:
        running.compose.running.clear()
        lose(running, "grpc")
        with pytest.raises(PortTakenError, match="temporal") as caught:
            command(running)
        assert caught.value.details == ("The stack shop is not running",)
        assert_untouched(running)

    def test_of_a_stack_that_is_down_and_another_stack_has_its_ports(
        self, running: World, command: Callable[[World], object]
    ) -> None:
        """That is no fault: the next `up` moves to others."""
        running.compose.running.clear()
        running.ports.hold([7233], "the container other-temporal-1", is_stack=True)
        with pytest.raises(NotRunningError):
            command(running)

    def test_of_a_stack_whose_server_alone_is_down(
        self, running: World, command: Callable[[World], object]
    ) -> None:
        """Its database runs on, so that the stack seems to be up."""
        running.compose.put("shop", "temporal", "exited", exit_code=1)
        lose(running, "grpc")
        with pytest.raises(PortTakenError):
            command(running)
        assert_untouched(running)


class TestStatus:
    """It tells of the stranger, and asks it nothing."""

    @pytest.mark.parametrize("name", PORTS)
    def test_a_lost_port_is_a_degraded_stack(self, running: World, name: str) -> None:
        lose(running, name)
        report = get_status(running.stack(), make_desired())
        assert report.state is StackState.DEGRADED
        assert running.reporter.warnings() == [f"Port {PORTS[name]} ({name}) is taken by {STRANGER}"]
        assert_untouched(running)

    def test_a_stack_that_is_stopped_is_stopped(self, running: World) -> None:
        for service in SERVICES["compose"]:
            running.compose.put("shop", service, "exited")
        lose(running, "grpc")
        assert get_status(running.stack(), make_desired()).state is StackState.STOPPED

    def test_a_new_service_is_not_applied_to_a_stranger(self, running: World) -> None:
        lose(running, "grpc")
        assert not running.stack().is_serving


class TestTheCluster:
    """The server's own id, which its data has."""

    def test_is_recorded_when_the_stack_is_made(self, world: World) -> None:
        up(world)
        record = world.store.load("shop")
        assert record is not None
        assert record.clusters == {"compose": "cluster-1"}

    def test_another_one_is_another_server(self, running: World) -> None:
        """Although the container seems to publish the port."""
        running.gateway.cluster_id = "cluster-2"
        with pytest.raises(PortTakenError, match="another server than the one that this stack was made with"):
            apply_to_stack(running.stack(), make_desired())
        assert_untouched(running)

    def test_a_record_of_an_older_devenv_learns_it(self, running: World) -> None:
        record = running.store.load("shop")
        assert record is not None
        running.store.save(record.model_copy(update={"clusters": {}}))
        up(running)
        known = running.store.load("shop")
        assert known is not None
        assert known.clusters == {"compose": "cluster-1"}

    def test_new_data_is_another_cluster(self, running: World) -> None:
        """Somebody deleted the volumes by hand."""
        running.compose.remove(running.stack().identity, volumes=True)
        running.gateway.cluster_id = "cluster-2"
        up(running)
        known = running.store.load("shop")
        assert known is not None
        assert known.clusters == {"compose": "cluster-2"}

    def test_each_engine_has_its_own(self, world: World) -> None:
        record = make_record().model_copy(update={"clusters": {"embedded": "other"}})
        ownership = Ownership(world.stack(), record, world.compose)
        ownership.check_cluster("cluster-1")
        assert ownership.remember(record, world.store).clusters == {
            "embedded": "other",
            "compose": "cluster-1",
        }


def test_a_stranger_that_comes_in_the_middle_gets_no_write(running: World) -> None:
    """The stack's server ends after the first kind of thing is done, and somebody has its port at once."""
    running.gateway.query_problems = ["not yet"]
    running.clock.at(running.clock.now() + 0.01, lambda: lose(running, "grpc"))
    desired = make_desired(
        {
            "namespaces": [{"name": "new", "search_attributes": {"A": "Int"}}],
            "nexus_endpoints": [{"name": "late", "target": {"namespace": "new", "task_queue": "t"}}],
        }
    )
    with pytest.raises(PortTakenError):
        apply_to_stack(running.stack(), desired)
    assert "new" in running.gateway.registered
    assert running.gateway.nexus == {}


class TestTwoHomes:
    """One project, two state directories: on Docker both would mean the same containers."""

    def test_the_second_brings_nothing_up(self, world: World) -> None:
        world.compose.bring_up("shop")
        world.compose.elsewhere = "/other/state/shop"
        with pytest.raises(StackElsewhereError, match="/other/state/shop"):
            up(world)
        assert world.compose.calls == []
        assert world.store.load("shop") is None

    def test_the_second_does_not_take_the_first_one_away(self, running: World) -> None:
        """To move to another engine."""
        running.compose.elsewhere = "/other/state/shop"
        calls = list(running.compose.calls)
        desired = make_desired(settings={"engine": "embedded"})
        with pytest.raises(StackElsewhereError):
            bring_up(running.stack(), desired, UpRequest())
        assert (running.compose.calls, running.embedded.calls) == (calls, [])

    def test_the_first_one_s_services_are_not_stopped_or_entered(self, running: World) -> None:
        """By a home that has a record of the stack, too."""
        running.compose.elsewhere = "/other/state/shop"
        calls = list(running.compose.calls)
        for command in (
            lambda: stop(running.stack(), []),
            lambda: running.stack().require_exists(),
        ):
            with pytest.raises(StackElsewhereError):
                command()
        assert running.compose.calls == calls
