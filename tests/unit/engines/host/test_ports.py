"""Ports on the loopback interface, with real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from devenv.engines.host import ports
from devenv.errors import PortTakenError
from devenv.project.services import Ports

# Below the ephemeral range of Linux and macOS, so that no passing connection is met.
START = Ports.of(grpc=21233, ui=22233, http=21243)

LISTENER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


def listener_on(address: str) -> socket.socket:
    if address == "::" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, 0), family=family, dualstack_ipv6=address == "::")


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def leave_in_time_wait() -> int:
    """Serve one connection, close it from the server's side, and return the server's port."""
    with listener_on("127.0.0.1") as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        accepted.close()
        return port_of(server)


def test_port_that_nobody_uses_is_free() -> None:
    """A port is free again as soon as its listener is gone."""
    with listener_on("127.0.0.1") as listener:
        port = port_of(listener)
    assert ports.is_free(port)
    assert ports.process_holding(port) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])  # noqa: S104
def test_port_is_taken_by_a_listener_that_loopback_reaches(address: str) -> None:
    """Listening on all addresses, by IPv4 or by IPv6 for both, is listening on 127.0.0.1 too."""
    with listener_on(address) as listener:
        assert not ports.is_free(port_of(listener))


def test_port_is_taken_by_a_listener_that_accepts_nothing() -> None:
    """A server that hangs holds its port all the same."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):
            assert not ports.is_free(port_of(listener))


def test_port_with_connections_in_time_wait_is_free() -> None:
    """A server that was just stopped can be started again on its port."""
    port = leave_in_time_wait()
    assert ports.is_free(port)
    assert ports.process_holding(port) is None


def test_asking_leaves_the_port_free() -> None:
    """The test itself occupies nothing, however often it is made."""
    port = ports.any_free()
    assert all(ports.is_free(port) for _ in range(20))


def test_privileged_port_is_not_said_to_be_taken() -> None:
    """A server that may not have the port says so better than we could."""
    assert ports.is_free(1)


def test_holder_is_named_with_its_process_id() -> None:
    """The user sees which program to stop."""
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        holder = ports.process_holding(port)
        process.communicate("")
    assert holder is not None
    assert holder.startswith("python")
    assert holder.endswith(f" (pid {process.pid})")


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])  # noqa: S104
def test_holder_is_found_on_every_address(address: str) -> None:
    """The listener that stands in the way is named, whatever address it listens on."""
    with listener_on(address) as listener:
        assert f"(pid {os.getpid()})" in str(ports.process_holding(port_of(listener)))


def test_holder_is_the_server_and_not_its_connections() -> None:
    """Connections to the port have the same number in the table; the listener is the one to stop."""
    with listener_on("127.0.0.1") as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with closing(accepted):
            assert f"(pid {os.getpid()})" in str(ports.process_holding(port_of(listener)))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_holder_of_another_user_is_said_to_be_one() -> None:
    """Where the system hides the process, the answer still says why it is not named."""
    script = (
        "import os; from devenv.engines.host import ports; os.setuid(65534); print(ports.process_holding({}))"
    )
    with listener_on("127.0.0.1") as listener:
        seen = subprocess.run(
            [sys.executable, "-c", script.format(port_of(listener))],
            capture_output=True,
            text=True,
            check=True,
        )
    assert seen.stdout == "a process of another user\n"


def test_any_free_ports_are_free_and_never_given_twice() -> None:
    """Ports chosen one after the other for one server do not collide."""
    chosen = [ports.any_free() for _ in range(50)]
    assert len(set(chosen)) == len(chosen)
    assert all(ports.is_free(port) for port in chosen)


def test_first_triple_is_the_one_asked_for_when_it_is_free() -> None:
    """Nothing is moved without need."""
    free = ports.next_free(START, ())
    assert ports.next_free(free, ()) == free


@pytest.mark.parametrize("which", ["grpc", "ui", "http"])
def test_triple_moves_as_a_whole_when_one_port_is_taken(which: str) -> None:
    """All three ports move by the same number of steps, so that they stay easy to remember."""
    first = ports.next_free(START, ())
    taken = first[which]
    moved = ports.next_free(first, {taken})
    step = moved["grpc"] - first["grpc"]
    assert step > 0
    assert moved == first.moved(step)
    assert taken not in moved.values()


def test_triple_avoids_ports_that_somebody_listens_on() -> None:
    """A port that is in use is passed over although no stack remembers it."""
    first = ports.next_free(START, ())
    with socket.create_server(("127.0.0.1", first["ui"])):
        moved = ports.next_free(first, ())
    assert first["ui"] not in moved.values()
    assert moved != first


def test_triples_never_share_a_port() -> None:
    """Many stacks, all stopped, each knowing only the others' grpc ports: no two can ever meet."""
    triples: list[Ports] = []
    for _ in range(25):
        triples.append(ports.next_free(START, {triple["grpc"] for triple in triples}))
    used = [port for triple in triples for port in triple.values()]
    assert len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ("Error starting userland proxy: listen tcp4 127.0.0.1:21233: bind: address already in use", "grpc"),
        ("Bind for 127.0.0.1:22233 failed: port is already allocated", "ui"),
        ("can't start server: listen tcp 127.0.0.1:21243: bind: address already in use", "http"),
        ("failed to bind host port for 127.0.0.1:21233:172.18.0.2:7233/tcp: address already in use", "grpc"),
        ("failed to bind host port 127.0.0.1:22233/tcp: address already in use", "ui"),
    ],
    ids=["Docker's proxy", "Docker", "Temporal", "Docker 28", "Docker 29"],
)
def test_a_lost_port_is_known_by_what_was_said(said: str, setting: str) -> None:
    """Each program has its own words."""
    lost = ports.lost(["starting", said], START, lambda port: f"whoever has {port}")
    assert lost is not None
    assert f"({setting}) is taken by whoever has {START[setting]}" in lost.message


@pytest.mark.parametrize(
    "said",
    ["no space left", "listen tcp 127.0.0.1:9: bind: address already in use"],
    ids=["other", "not ours"],
)
def test_another_failure_is_no_lost_port(said: str) -> None:
    assert ports.lost([said], START, lambda _: None) is None


def test_no_triple_left_is_the_error_of_a_taken_port() -> None:
    """The search ends at the last port there is."""
    start = Ports.of(grpc=65530, ui=65534, http=65532)
    with pytest.raises(PortTakenError) as caught:
        ports.next_free(start, {65530, 65531})
    assert "65530" in caught.value.message


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [("127.0.0.1", True), ("0.0.0.0", True), ("203.0.113.77", False)],  # noqa: S104
)
def test_an_address_of_this_machine_is_known(address: str, *, is_ours: bool) -> None:
    """203.0.113.77 is for documentation: nobody has it."""
    assert ports.has_address(address) is is_ours
