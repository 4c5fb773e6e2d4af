"""Which ports a stack gets when others are there already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes.world import World, make_desired, make_record

from devenv.errors import PortTakenError, SettingsInvalidError
from devenv.project.services import Ports
from devenv.stack.ports import DeclaredPorts, find_ports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.project.addon_toml import Addon
    from devenv.project.state import StackRecord

USUAL = Ports.of(grpc=7233, ui=8233, http=7243)
SECOND = Ports.of(grpc=7234, ui=8234, http=7244)


def remember(world: World, name: str, ports: Ports) -> StackRecord:
    record = make_record(name, ports=ports, project=f"/{name}")
    world.store.save(record)
    return record


def choose(
    world: World,
    record: StackRecord | None = None,
    written: Mapping[str, object] | None = None,
    *,
    running: bool = False,
    any_port: bool = False,
    starting: frozenset[int] = frozenset(),
    addons: Sequence[Addon] = (),
) -> Ports:
    settings = make_desired(settings={"ports": written or {}}).settings
    return find_ports(
        DeclaredPorts.of(settings, addons),
        record,
        running=running,
        any_port=any_port,
        deps=world.deps,
        starting=starting,
    )


@pytest.mark.parametrize("port", [7233, 8233, 7243])
def test_a_stack_moves_away_from_one_that_is_being_started(world: World, port: int) -> None:
    """Its containers are there and publish nothing yet; both would lose a port to the other."""
    assert choose(world, starting=frozenset({port})) == SECOND


def test_a_port_that_a_file_names_is_tried_all_the_same(world: World) -> None:
    """A container that was created may never be started."""
    assert choose(world, written={"grpc": 7233}, starting=frozenset({7233})) == USUAL


def test_the_first_stack_gets_the_usual_ports(world: World) -> None:
    """Where nobody is in the way, nothing moves and nothing is said."""
    assert choose(world) == USUAL
    assert world.reporter.events == []


def test_remembered_ports_are_kept(world: World) -> None:
    """A stack that moved once stays where its users expect it, though the usual ports are free now."""
    assert choose(world, remember(world, "shop", SECOND)) == SECOND


def test_a_port_that_a_file_names_comes_before_the_remembered_one(world: World) -> None:
    """The other ports of the triple stay."""
    assert choose(world, remember(world, "shop", SECOND), {"grpc": 9000}) == Ports.of(
        grpc=9000, ui=8234, http=7244
    )


@pytest.mark.parametrize("taken", [7233, 8233, 7243])
def test_the_whole_triple_moves_away_from_another_stack_and_says_so(world: World, taken: int) -> None:
    """The line names the port that was taken, and where the stack is instead."""
    remember(world, "bank", USUAL)
    world.ports.hold([taken], "the container bank-temporal-1", is_stack=True)
    assert choose(world) == SECOND
    assert world.reporter.warnings() == [
        f"port {taken} is taken: this stack is on 7234, its Web UI on 8234",
    ]


@pytest.mark.parametrize(("port", "name"), [(7233, "grpc"), (8233, "ui"), (7243, "http")])
def test_a_foreign_holder_is_an_error_that_names_it(world: World, port: int, name: str) -> None:
    """The port, its setting, who has it, and three ways out."""
    world.ports.hold([port], "nginx (pid 12)")
    with pytest.raises(PortTakenError) as caught:
        choose(world)
    assert caught.value.message == f"Port {port} ({name}) is taken by nginx (pid 12)"
    assert f"`[ports] {name}`" in caught.value.hint
    assert "`devenv up --any-port`" in caught.value.hint


def test_ports_that_a_stack_had_are_no_excuse_for_a_foreign_holder(world: World) -> None:
    """A stack that is down has left its ports: who holds them now is named, and nothing moves away."""
    remember(world, "bank", USUAL)
    world.store.save(make_record("mill", "embedded", USUAL, project="/mill"))
    world.embedded.put("mill", "temporal", "exited")
    world.ports.hold([7233], "nginx (pid 12)")
    with pytest.raises(PortTakenError, match="nginx"):
        choose(world)


def test_an_embedded_server_of_another_stack_is_made_way_for(world: World) -> None:
    """It is a process like any other; the record of its stack tells whose it is."""
    world.store.save(make_record("mill", "embedded", USUAL, project="/mill"))
    world.embedded.put("mill", "temporal")
    world.ports.hold(USUAL.values(), "temporal (pid 12)")
    assert choose(world) == SECOND


def test_with_any_port_the_triple_moves_away_from_anybody(world: World) -> None:
    """The option gives leave to move, and the move is said all the same."""
    world.ports.hold([8233], "nginx (pid 12)")
    assert choose(world, any_port=True) == SECOND
    assert len(world.reporter.warnings()) == 1


@pytest.mark.parametrize("any_port", [False, True])
@pytest.mark.parametrize("holder_is_a_stack", [False, True])
def test_a_port_written_in_a_file_is_never_moved(
    world: World, *, any_port: bool, holder_is_a_stack: bool
) -> None:
    """Whoever holds it, and whatever was said: somebody relies on that number."""
    world.ports.hold([7233], "somebody", is_stack=holder_is_a_stack)
    with pytest.raises(PortTakenError):
        choose(world, written={"grpc": 7233}, any_port=any_port)


def test_another_stack_on_a_written_port_is_named_with_how_it_goes_down(world: World) -> None:
    """Its project, and the command; with `-s` where that is not the project's usual stack."""
    world.store.save(make_record("mill", "embedded", USUAL, project="/mill"))
    world.embedded.put("mill", "temporal")
    world.ports.hold(USUAL.values(), "temporal (pid 12)")
    with pytest.raises(PortTakenError) as caught:
        choose(world, written={"grpc": 7233})
    assert caught.value.message == "Port 7233 (grpc) is taken by the stack mill of the project /mill"
    assert caught.value.hint.startswith("`devenv -C /mill down -s mill` frees it, ")


def test_ports_that_no_file_names_move_around_one_that_does(world: World) -> None:
    """The written port stays, and no other port of the stack lands on it."""
    remember(world, "bank", USUAL)
    world.ports.hold([8233], "the container bank-ui-1", is_stack=True)
    assert choose(world, written={"grpc": 7300}) == Ports.of(grpc=7300, ui=8234, http=7244)


def test_a_running_stack_holds_its_own_ports(world: World) -> None:
    """A second `up` does not move away from itself."""
    world.ports.hold(SECOND.values(), "the container shop-temporal-1")
    assert choose(world, remember(world, "shop", SECOND), running=True) == SECOND
    assert world.reporter.events == []


def test_one_port_of_a_running_stack_can_be_changed_in_the_file(world: World) -> None:
    """The stack's own hold on the other ports is no obstacle."""
    world.ports.hold(USUAL.values(), "the container shop-temporal-1")
    record = remember(world, "shop", USUAL)
    assert choose(world, record, {"grpc": 7300}, running=True) == Ports.of(grpc=7300, ui=8233, http=7243)


def test_a_running_stack_cannot_take_a_new_port_from_somebody(world: World) -> None:
    """Only what the stack has is its own."""
    world.ports.hold(USUAL.values(), "the container shop-temporal-1")
    world.ports.hold([7300], "nginx (pid 12)")
    with pytest.raises(PortTakenError, match="7300"):
        choose(world, remember(world, "shop", USUAL), {"grpc": 7300}, running=True)


def test_a_stopped_stack_moves_when_another_took_its_ports(world: World) -> None:
    """Remembered ports are a preference: two stacks that are both up never meet."""
    record = remember(world, "shop", USUAL)
    remember(world, "bank", USUAL)
    world.ports.hold(USUAL.values(), "the container bank-temporal-1", is_stack=True)
    assert choose(world, record) == SECOND


def test_ports_of_a_stack_that_is_coming_up_are_reserved(world: World) -> None:
    """It does not listen yet, and two `up` at once must not choose the same."""
    remember(world, "bank", USUAL)
    with world.store.lock("bank", timedelta(seconds=1), lambda: None):
        assert choose(world) == SECOND
    assert choose(world) == USUAL


def test_a_stack_that_nobody_remembers_is_made_way_for(world: World) -> None:
    """Another user's, or one whose state directory is lost; its labels tell."""
    world.ports.hold([8233], "the container bank-ui-1", is_stack=True)
    assert choose(world) == SECOND


def test_no_port_moves_onto_one_that_a_file_names(world: World) -> None:
    """Else two ports of one stack would be the same."""
    world.ports.hold([7233], "the container bank-temporal-1", is_stack=True)
    moved = choose(world, written={"http": 7234})
    assert moved["http"] == 7234
    assert len(set(moved.values())) == 3


def test_the_address_is_the_settings_and_never_the_remembered_one(world: World) -> None:
    """Whoever takes the line out is on loopback again."""
    world.ports.addresses = {"192.168.1.5"}
    chosen = choose(world, written={"bind": "192.168.1.5"})
    assert chosen == Ports.of(grpc=7233, ui=8233, http=7243, bind="192.168.1.5")
    assert (chosen.host, replace(chosen, bind="0.0.0.0").host) == ("192.168.1.5", "127.0.0.1")  # noqa: S104
    assert choose(world, remember(world, "shop", chosen)) == USUAL


def test_an_address_of_another_machine_is_an_error(world: World) -> None:
    """Before anything is launched."""
    with pytest.raises(SettingsInvalidError, match=r"10\.9\.8\.7 is no address of this machine"):
        choose(world, written={"bind": "10.9.8.7"})
