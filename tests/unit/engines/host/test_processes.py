"""Process identity and endings, with real processes."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from devenv.engines.host import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devenv.engines.host.processes import ProcessIdentity

    Spawn = Callable[..., ProcessIdentity]

GRACE = timedelta(seconds=5)
NO_GRACE = timedelta(0)
WAITING = "import time; time.sleep(60)"
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Start shell scripts detached; whatever still runs at the end of the test is killed."""
    spawned: list[ProcessIdentity] = []

    def start(script: str, **environment: str) -> ProcessIdentity:
        identity = processes.spawn_detached(
            ["/bin/sh", "-c", script],
            environment={"PATH": os.defpath, **environment},
            output=tmp_path / "output",
        )
        spawned.append(identity)
        return identity

    yield start
    for identity in spawned:
        processes.terminate(identity, NO_GRACE)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.01)


def test_identity_is_the_same_every_time_it_is_asked_for(spawn: Spawn) -> None:
    """Two commands that look at one process see the same identity."""
    identity = spawn("sleep 60")
    assert processes.identify(identity.pid) == identity
    assert processes.is_alive(identity)


def test_nobody_has_the_number_of_a_process_that_is_gone(spawn: Spawn) -> None:
    """A number without a process has no identity."""
    identity = spawn("sleep 60")
    processes.terminate(identity, GRACE)
    assert processes.identify(identity.pid) is None


@pytest.mark.skipif(not psutil.LINUX, reason="macOS keeps the creation time it noted")
def test_setting_the_clock_changes_no_identity() -> None:
    """On Linux the identity is made of what the kernel counts from boot, not of the wall clock."""
    identity = processes.identify(os.getpid())
    ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    assert identity is not None
    assert identity.created_at == pytest.approx(ticks / os.sysconf("SC_CLK_TCK"), abs=0.001)


def test_zombie_is_dead(spawn: Spawn) -> None:
    """A process that ended and was not buried does not count as running."""
    identity = spawn("exit 0")
    wait_for(lambda: psutil.Process(identity.pid).status() == psutil.STATUS_ZOMBIE)
    assert not processes.is_alive(identity)


def test_later_process_with_the_same_number_is_another_one(spawn: Spawn) -> None:
    """It is neither taken for the one that was meant, nor ended in its place."""
    foreign = spawn("sleep 60")
    meant = replace(foreign, created_at=foreign.created_at - 100)
    assert not processes.is_alive(meant)
    assert processes.terminate(meant, GRACE) is None
    assert processes.is_alive(foreign)


def test_terminate_ends_a_process_and_tells_how(spawn: Spawn) -> None:
    """A child that SIGTERM ended has exit code 143, and nothing of it is left."""
    identity = spawn("exec sleep 60")
    assert processes.terminate(identity, GRACE) == 143
    assert not psutil.pid_exists(identity.pid)


def test_terminate_lets_a_process_clean_up(spawn: Spawn, tmp_path: Path) -> None:
    """A process that answers SIGTERM within the grace ends in its own way."""
    identity = spawn("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for(lambda: (tmp_path / "output").read_text(encoding="utf-8"))
    assert processes.terminate(identity, GRACE) == 3


def test_terminate_kills_what_ignores_sigterm(spawn: Spawn, tmp_path: Path) -> None:
    """When the grace is over, SIGKILL follows."""
    identity = spawn(STUBBORN)
    wait_for(lambda: (tmp_path / "output").read_text(encoding="utf-8"))
    assert processes.terminate(identity, timedelta(seconds=0.2)) == 137
    assert not psutil.pid_exists(identity.pid)


def test_terminate_of_a_process_that_is_gone_is_done(spawn: Spawn) -> None:
    """Ending twice is no error."""
    identity = spawn("sleep 60")
    processes.terminate(identity, GRACE)
    assert processes.terminate(identity, GRACE) is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not")
def test_process_that_cannot_be_ended_is_an_error_that_names_it(spawn: Spawn) -> None:
    """A process of another user survives, and the caller learns it."""
    identity = spawn("sleep 60")
    script = f"""
import os
from datetime import timedelta
from devenv.engines.host import processes
from devenv.errors import CommandFailedError
processes._KILL_PATIENCE_S = 0.1
os.setuid(65534)
try:
    processes.terminate(processes.ProcessIdentity({identity.pid}, {identity.created_at}), timedelta(0))
except CommandFailedError as error:
    print(error.message)
"""
    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert seen.stdout == f"The process {identity.pid} does not end\n"
    assert processes.is_alive(identity)


def test_exit_code_is_unknown_while_the_process_runs(spawn: Spawn) -> None:
    """Asking does not wait."""
    assert processes.exit_code(spawn("sleep 60")) is None


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 5", 5), ("kill -9 $$", 137)])
def test_exit_code_of_a_child_is_told_once(spawn: Spawn, script: str, code: int) -> None:
    """Whoever asks first gets the code, as a shell would say it, and buries the child."""
    identity = spawn(script)
    wait_for(lambda: not processes.is_alive(identity))
    assert processes.exit_code(identity) == code
    assert processes.exit_code(identity) is None
    assert not psutil.pid_exists(identity.pid)


def test_exit_code_of_somebody_elses_child_is_unknown() -> None:
    """Only the parent learns how a process ended."""
    script = (
        "import subprocess; p = subprocess.Popen(['sleep', '60']);print(p.pid, flush=True); input(); p.kill()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        identity = processes.identify(int(parent.stdout.readline()))
        assert identity is not None
        parent.communicate("\n")
    wait_for(lambda: not processes.is_alive(identity))
    assert processes.exit_code(identity) is None


def test_spawned_process_lives_in_a_session_of_its_own(spawn: Spawn) -> None:
    """Closing the terminal or Ctrl-C does not reach it."""
    identity = spawn("sleep 60")
    assert os.getsid(identity.pid) == identity.pid


def test_spawned_process_gets_exactly_the_environment_given(
    spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of this process's environment leaks into it."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cloud.example:7233")
    identity = spawn("exec env", HOME="/somewhere")
    wait_for(lambda: not processes.is_alive(identity))
    seen = dict(line.split("=", 1) for line in (tmp_path / "output").read_text(encoding="utf-8").splitlines())
    assert {"PATH": os.defpath, "HOME": "/somewhere"}.items() <= seen.items()
    assert not [name for name in seen if name.startswith("TEMPORAL")]


def test_spawned_process_appends_both_streams_to_a_private_file(spawn: Spawn, tmp_path: Path) -> None:
    """What was logged before stays, and no other user can read it."""
    output = tmp_path / "output"
    spawn("echo one")
    wait_for(lambda: "one" in output.read_text(encoding="utf-8"))
    spawn("echo two >&2")
    wait_for(lambda: output.read_text(encoding="utf-8") == "one\ntwo\n")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_spawned_process_makes_private_files(spawn: Spawn, tmp_path: Path) -> None:
    """Files the process makes are for this user only, whatever the umask here."""
    identity = spawn(f"touch {tmp_path}/made")
    wait_for(lambda: not processes.is_alive(identity))
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


def test_spawned_process_survives_its_parent(tmp_path: Path) -> None:
    """The command that started it may end; a later one can recognise and end it."""
    script = (
        "import sys; from pathlib import Path; from devenv.engines.host import processes;"
        "output, path = Path(sys.argv[1]), sys.argv[2];"
        "i = processes.spawn_detached(['sleep', '60'], environment={'PATH': path}, output=output);"
        "print(i.pid, i.created_at)"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path / "output"), os.defpath],
        capture_output=True,
        text=True,
        check=True,
    )
    pid, created_at = result.stdout.split()
    identity = processes.ProcessIdentity(int(pid), float(created_at))
    assert result.stderr == ""
    assert processes.is_alive(identity)
    os.kill(identity.pid, 0)
    processes.terminate(identity, GRACE)
    assert not processes.is_alive(identity)


def test_program_that_cannot_be_executed_is_an_os_error(tmp_path: Path) -> None:
    """The caller knows what the program was for, and translates."""
    with pytest.raises(FileNotFoundError):
        processes.spawn_detached([str(tmp_path / "nothing")], environment={}, output=tmp_path / "output")


class TestStoppedProcesses:
    """Processes that SIGSTOP has stopped."""

    def test_one_is_told_from_one_that_runs(self, spawn: Spawn) -> None:
        identity = spawn("sleep 60")
        assert not processes.is_stopped(identity)
        os.kill(identity.pid, signal.SIGSTOP)
        wait_for(lambda: processes.is_stopped(identity))
        processes.resume(identity)
        wait_for(lambda: not processes.is_stopped(identity))
        assert processes.is_alive(identity)

    def test_one_hears_that_it_is_to_end(self, spawn: Spawn, tmp_path: Path) -> None:
        """And may clean up, as any other."""
        identity = spawn(
            f"trap 'touch {tmp_path}/cleaned; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        )
        wait_for((tmp_path / "output").read_text)
        os.kill(identity.pid, signal.SIGSTOP)
        wait_for(lambda: processes.is_stopped(identity))
        assert processes.terminate(identity, GRACE) == 0
        assert (tmp_path / "cleaned").exists()

    def test_one_that_is_gone_is_not_stopped(self, spawn: Spawn) -> None:
        identity = spawn("exit 0")
        wait_for(lambda: not processes.is_alive(identity))
        processes.resume(identity)
        assert not processes.is_stopped(identity)


class TestProgramsWithAFile:
    """Processes are found by what they have, not by what a record says."""

    def test_by_their_command_line(self, tmp_path: Path) -> None:
        file = tmp_path / "data.db"
        with subprocess.Popen([sys.executable, "-c", WAITING, "start-dev", str(file)]) as process:
            [found] = processes.programs_with(file, "start-dev")
            assert found.process == processes.identify(process.pid)
            assert found.arguments == ("-c", WAITING, "start-dev", str(file))
            assert abs(time.time() - found.started_at.timestamp()) < 60
            process.kill()

    def test_by_the_file_that_they_have_open(self, tmp_path: Path) -> None:
        """Whatever it is called on the command line."""
        file = tmp_path / "data.db"
        file.touch()
        script = f"file = open('data.db'); {WAITING}"
        with subprocess.Popen([sys.executable, "-c", script, "start-dev"], cwd=tmp_path) as process:
            wait_for(lambda: processes.programs_with(file, "start-dev"))
            [found] = processes.programs_with(file, "start-dev")
            assert found.process.pid == process.pid
            process.kill()

    def test_no_others(self, tmp_path: Path) -> None:
        """Neither another program with the file, nor one of the kind with another file."""
        file = tmp_path / "data.db"
        others = (["edit", str(file)], ["start-dev", f"{file}.other"])
        started = [subprocess.Popen([sys.executable, "-c", WAITING, *each]) for each in others]
        assert processes.programs_with(file, "start-dev") == []
        for process in started:
            process.kill()
            process.wait()


def test_ports_are_those_that_exactly_this_process_listens_on() -> None:
    """Not those it is connected to."""
    own = processes.identify(os.getpid())
    assert own is not None
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        port = listener.getsockname()[1]
        client.connect(listener.getsockname())
        assert port in processes.listening_ports(own)
        assert client.getsockname()[1] not in processes.listening_ports(own)
        assert processes.listening_ports(replace(own, created_at=own.created_at - 100)) == frozenset()
    assert port not in processes.listening_ports(own)
