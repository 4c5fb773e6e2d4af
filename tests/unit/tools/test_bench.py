"""A benchmark measures what it says it measures, or nothing."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from devenv.engines.host.ports import any_free
from tools.bench.__main__ import main
from tools.bench.ports import BenchError, demand_free, is_held_by, published_by
from tools.bench.probe import Target, watch
from tools.bench.running import coming_up, in_background, timed, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SLEEPING = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def foreign() -> Iterator[int]:
    """Return a port that this process has, which is nobody that is measured."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_refuses_to_begin_where_a_port_is_taken(foreign: int) -> None:
    """And names the port, what needs it, and who has it."""
    with pytest.raises(BenchError) as caught:
        demand_free({any_free(): "the peer's ui", foreign: "the peer's temporal"}, lambda _: "nginx (pid 12)")
    assert str(caught.value) == (
        f"port {foreign}, which the peer's temporal needs, is taken by nginx (pid 12): stop it first"
    )


def test_free_ports_are_no_reason_to_refuse() -> None:
    """Nor is none."""
    demand_free({any_free(): "the peer's service ui"})
    demand_free({})


def test_the_ports_of_a_peer_are_those_that_its_file_publishes() -> None:
    """Compose has resolved them; a port that only the network sees is not needed."""
    services = {
        "temporal": {"ports": [{"target": 7233, "published": "7300"}, {"target": 6933}]},
        "ui": {"ports": [{"target": 8080, "published": "8080"}]},
        "create-namespace": {},
    }
    assert published_by({"services": services}) == {7300: ("temporal", 7233), 8080: ("ui", 8080)}


def test_only_a_listener_holds_a_port(foreign: int) -> None:
    """Of the process that is asked about."""
    assert is_held_by(os.getpid(), foreign)
    assert not is_held_by(os.getppid(), foreign)
    with socket.create_connection(("127.0.0.1", foreign)) as client:
        assert not is_held_by(os.getpid(), client.getsockname()[1])


def test_nothing_is_sent_to_a_server_that_is_not_measured() -> None:
    """Whoever was to start the right one ended in failure; the other one hears nothing of it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        target = Target("the peer", port, "default", is_its_own=lambda: False, has_ended=lambda: True)
        with pytest.raises(BenchError, match="the peer could not be started"):
            watch(target, time.monotonic())
        listener.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_error_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with exit code 1; nothing was measured."""
    assert main(["--peer", str(tmp_path / "nowhere.yml")]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"bench: there is no file {tmp_path}/nowhere.yml\n"
    assert captured.out == ""


def test_a_command_that_fails_is_told_with_its_error() -> None:
    """Of all it said the line that tells most."""
    script = "import sys; print('error: Port 7233 is taken\\n\\nhint: wait', file=sys.stderr); sys.exit(5)"
    command = [sys.executable, "-c", script]
    expected = r"`devenv up` ended with exit code 5 \(error: Port 7233 is taken\)"
    with pytest.raises(BenchError, match=expected):
        timed("devenv up", command)
    with pytest.raises(BenchError, match=expected):
        _watch_in_vain(command)


def _watch_in_vain(command: list[str]) -> None:
    with coming_up("devenv up", command) as process:
        process.wait()
        raise BenchError("devenv could not be started")


def test_what_runs_in_the_background_ends_with_what_needs_it() -> None:
    """Ctrl-C, too."""
    with suppress(KeyboardInterrupt), in_background(SLEEPING) as process:
        raise KeyboardInterrupt
    assert process.poll() == -signal.SIGTERM


def test_removing_is_not_disturbed() -> None:
    """A second Ctrl-C comes often."""
    with undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
