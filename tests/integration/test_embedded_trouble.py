"""The embedded engine when its record is lost, its process is stopped, or its data is damaged."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from e2e.command_line import Cli
from foreign_server import FILES
from integration.embedded_sandbox import wait_for

from devenv.engines.embedded import database, record
from devenv.errors import DataDamagedError, TemporalBinaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from integration.embedded_sandbox import Sandbox

DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "garbage": lambda path: path.write_bytes(b"\xff{garbage"),
    "null": lambda path: path.write_text("null"),
    "a list": lambda path: path.write_text("[]"),
    "missing": lambda path: path.unlink(),
}


def servers_on(file: Path) -> list[int]:
    """Return the processes that have `file` on their command line."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(file) in (process.info["cmdline"] or ())
    ]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_server_whose_record_is_lost_is_found(sandbox: Sandbox, damage: Callable[[Path], object]) -> None:
    """Who has the database is asked of the system: there is never a second server on it."""
    known = sandbox.up()
    damage(sandbox.files.record)
    assert sandbox.only_service().is_running
    assert sandbox.engine.held_ports(sandbox.stack, sandbox.spec.ports.values()) == set(
        sandbox.spec.ports.values()
    )
    sandbox.engine.launch(sandbox.spec, sandbox.reporter).wait()
    assert servers_on(sandbox.files.database) == [known.process.pid]
    found = sandbox.recorded()
    assert (found.process, found.ports) == (known.process, known.ports)
    assert (found.metrics_port, found.arguments) == (known.metrics_port, known.arguments)
    damage(sandbox.files.record)
    sandbox.engine.remove(sandbox.stack, volumes=True)
    assert servers_on(sandbox.files.database) == []
    assert not sandbox.files.database.exists()


def test_a_server_that_is_found_is_stopped(sandbox: Sandbox) -> None:
    """As one that is recorded; the next is the only one."""
    first = sandbox.up()
    sandbox.files.record.unlink()
    sandbox.engine.stop(sandbox.stack)
    assert sandbox.only_service().state == "exited"
    sandbox.engine.start(sandbox.spec)
    assert servers_on(sandbox.files.database) == [sandbox.recorded().process.pid]
    assert sandbox.recorded().process != first.process


def test_a_record_of_another_server_hides_none(sandbox: Sandbox) -> None:
    """An old copy of the record, or one of before a reboot."""
    known = sandbox.up()
    old = psutil.Popen(["sleep", "60"])
    record.save(sandbox.files.record, _of_another_process(sandbox, old.pid))
    assert sandbox.only_service().is_running
    sandbox.engine.remove(sandbox.stack, volumes=True)
    assert not known.is_alive
    assert old.is_running()
    old.kill()
    old.wait()


def _of_another_process(sandbox: Sandbox, pid: int) -> Any:
    from dataclasses import replace

    known = sandbox.recorded()
    return known.model_copy(update={"process": replace(known.process, pid=pid)})


class TestAServerThatIsStopped:
    """SIGSTOP, as from a debugger or a careless hand."""

    def test_is_paused_and_goes_on_when_it_is_resumed(self, sandbox: Sandbox) -> None:
        known = sandbox.up()
        os.kill(known.process.pid, signal.SIGSTOP)
        wait_for(lambda: sandbox.only_service().state == "paused")
        assert sandbox.engine.held_ports(sandbox.stack, sandbox.spec.ports.values()) == set(
            sandbox.spec.ports.values()
        )
        assert sandbox.engine.resume(sandbox.stack) == ["temporal"]
        wait_for(lambda: sandbox.only_service().is_running)
        assert sandbox.engine.resume(sandbox.stack) == []
        assert sandbox.temporal("operator", "cluster", "health").returncode == 0

    def test_is_resumed_by_a_launch(self, sandbox: Sandbox) -> None:
        known = sandbox.up()
        os.kill(known.process.pid, signal.SIGSTOP)
        wait_for(lambda: sandbox.only_service().state == "paused")
        sandbox.engine.launch(sandbox.spec, sandbox.reporter).wait()
        wait_for(lambda: sandbox.only_service().is_running)
        assert sandbox.recorded().process == known.process

    def test_ends_as_soon_as_another(self, sandbox: Sandbox) -> None:
        known = sandbox.up()
        os.kill(known.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        sandbox.engine.stop(sandbox.stack)
        assert time.monotonic() - began < 8
        assert sandbox.only_service().exit_code == 0


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xa5" * length)


class TestDamagedData:
    """It is looked at before a server is started on it."""

    @pytest.mark.parametrize(
        "damage",
        [
            lambda path: path.write_bytes(b"nonsense" * 1000),
            lambda path: overwrite(path, path.stat().st_size // 2, 40_000),
            lambda path: os.truncate(path, path.stat().st_size // 2),
        ],
        ids=["no database", "its middle", "its end"],
    )
    def test_no_server_is_started_on_it(self, sandbox: Sandbox, damage: Callable[[Path], object]) -> None:
        sandbox.up()
        sandbox.engine.stop(sandbox.stack)
        damage(sandbox.files.database)
        with pytest.raises(DataDamagedError) as caught:
            sandbox.engine.launch(sandbox.spec, sandbox.reporter)
        assert caught.value.details
        assert str(sandbox.files.database) in caught.value.message
        assert "devenv down --volumes" in caught.value.hint
        assert not sandbox.only_service().is_running
        assert servers_on(sandbox.files.database) == []

    def test_what_a_killed_server_left_is_sound(self, sandbox: Sandbox) -> None:
        """A journal that is to be rolled back is no damage."""
        sandbox.up()
        for number in range(5):
            sandbox.create_namespace(f"n{number}")
        sandbox.kill()
        sandbox.engine.start(sandbox.spec)
        wait_for(lambda: sandbox.has_namespace("n4"))

    def test_data_without_a_version_is_told_of_in_a_sentence(self, sandbox: Sandbox) -> None:
        """With what to do if it is known after all."""
        sandbox.up()
        sandbox.engine.stop(sandbox.stack)
        version = sandbox.files.database_version.read_text()
        for content in ("", "\x00\x00", None):
            if content is None:
                sandbox.files.database_version.unlink()
            else:
                sandbox.files.database_version.write_text(content)
            with pytest.raises(TemporalBinaryError, match="Nothing says which version of the Temporal CLI"):
                sandbox.engine.launch(sandbox.spec, sandbox.reporter)
        sandbox.files.database_version.write_text(version)
        assert database.made_by(sandbox.files) == version.strip()
        sandbox.engine.launch(sandbox.spec, sandbox.reporter).wait()


@pytest.fixture
def project(tmp_path: Path, run_home: Path) -> Iterator[Cli]:
    """A project that is up."""
    root = tmp_path / "shop"
    for name, text in {"devenv.toml": "", **FILES}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    cli = Cli(root.resolve(), run_home, {"DOCKER_HOST": f"unix://{run_home}/no-engine.sock"})
    cli.answer("up", "--engine", "embedded", "--any-port")
    yield cli
    cli.run("down", "--volumes", "--yes")


def test_a_user_is_told_the_truth_and_a_way_out(project: Cli) -> None:
    """Lost record, stopped process, damaged data: one after the other, on one stack."""
    name = project.answer("status")["stack"]
    directory = project.home / "state" / "temporal-devenv" / "stacks" / name
    data = directory / "embedded.db"
    [pid] = servers_on(data)

    (directory / "embedded.json").write_text("garbage")
    assert project.answer("status")["state"] == "ready"
    assert project.answer("up", "--any-port")["state"] == "ready"
    assert servers_on(data) == [pid]

    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    status = project.run("status", "-o", "json")
    assert time.monotonic() - began < 8
    assert status.document["state"] == "degraded"
    assert [item["state"] for item in status.document["services"]] == ["paused"]
    assert "temporal is paused" in status.err
    assert project.run("apply").exit != 0
    assert project.answer("up")["state"] == "ready"
    assert servers_on(data) == [pid]

    assert project.run("stop").exit == 0
    overwrite(data, data.stat().st_size // 2, 40_000)
    error = project.run("up", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("data-damaged", 4)
    assert servers_on(data) == []
    assert project.answer("status")["state"] == "stopped"
    assert project.run("down", "--volumes", "--yes").exit == 0
    assert project.answer("up", "--engine", "embedded", "--any-port")["state"] == "ready"
    assert len(servers_on(data)) == 1
