"""The embedded engine with the real development server."""

from __future__ import annotations

import http.client
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest
from integration.embedded_sandbox import BINARY, Sandbox, wait_for

from devenv.engines.embedded import record
from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.engines.host import ports, temporal_cli
from devenv.engines.host.web import web_problem
from devenv.engines.protocol import Engine, Web
from devenv.errors import (
    PortTakenError,
    ServiceCrashedError,
    TemporalBinaryError,
)
from devenv.events import LogEvent
from devenv.project.versions import embedded_server_version

if TYPE_CHECKING:
    from pathlib import Path


def test_engine_satisfies_the_protocol(sandbox: Sandbox) -> None:
    """It stands where any other engine could."""
    engine: Engine = sandbox.engine
    engine.check_prerequisites()
    assert engine.name == "embedded"
    assert engine.network(sandbox.stack) is None
    assert engine.stacks(os.getuid()) == {}


def test_the_server_inside_is_the_one_that_the_versions_name() -> None:
    """The catalog of dynamic config settings goes by it."""
    assert temporal_cli.server_version(BINARY) == embedded_server_version()


def test_launch_brings_up_frontend_ui_and_http_api(sandbox: Sandbox) -> None:
    """On the ports that were asked for; the server's own HTTP API is closed, the Web UI's is not."""
    started = datetime.now(UTC)
    sandbox.up()
    assert status_of(sandbox.spec.ports["ui"], "/healthz") == 200
    assert status_of(sandbox.spec.ports["http"], "/api/v1/system-info") == 403
    assert sandbox.engine.http_port(sandbox.spec.ports, sandbox.spec.web) == sandbox.spec.ports["ui"]
    wait_for(lambda: status_of(sandbox.spec.ports["ui"], "/api/v1/system-info") == 200)
    service = sandbox.only_service()
    assert (service.name, service.state, service.image) == ("temporal", "running", None)
    assert service.started_at is not None
    assert started <= service.started_at <= datetime.now(UTC)
    assert sandbox.engine.internal_address(sandbox.spec.ports) == f"127.0.0.1:{sandbox.spec.ports['grpc']}"


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_server_listens_on_loopback_only(sandbox: Sandbox) -> None:
    """Nothing of a development server can be reached from another machine."""
    known = sandbox.up()
    listening = {
        connection.laddr
        for connection in psutil.Process(known.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {*sandbox.spec.ports.values(), known.metrics_port} <= {address.port for address in listening}


def test_everything_the_stack_writes_is_private(sandbox: Sandbox) -> None:
    """Directories 0700, files 0600, the database too."""
    sandbox.up()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in sandbox.directory.rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert stat.S_IMODE(sandbox.directory.stat().st_mode) == 0o700


def test_stack_that_was_never_launched_is_absent(sandbox: Sandbox) -> None:
    """Asking about it, stopping and removing it are no errors and make nothing."""
    engine, stack = sandbox.engine, sandbox.stack
    assert engine.services(stack) == []
    assert not engine.has_data(stack)
    assert list(engine.logs(stack, follow=True)) == []
    engine.stop(stack)
    engine.remove(stack, volumes=True)
    assert not sandbox.directory.exists()


def test_launch_of_a_running_server_leaves_it_alone(sandbox: Sandbox) -> None:
    """`up` twice is one server."""
    first = sandbox.up()
    assert sandbox.up() == first
    assert sandbox.reporter.events == []


def test_launch_with_other_settings_starts_the_server_again(sandbox: Sandbox) -> None:
    """Settings are arguments of the process; the data stays, and the user is told."""
    first = sandbox.up()
    sandbox.create_namespace("orders")
    sandbox.spec = replace(sandbox.spec, settings={"limit.maxIDLength": 900})
    second = sandbox.up()
    assert second.process != first.process
    assert not first.is_alive
    assert sandbox.has_namespace("orders")
    assert [type(event) for event in sandbox.reporter.events] == [LogEvent]


def test_dynamic_config_values_are_in_force(sandbox: Sandbox) -> None:
    """A limit that was declared refuses what exceeds it; a duration is passed as the string it is."""
    sandbox.spec = replace(
        sandbox.spec, settings={"limit.maxIDLength": 20, "matching.longPollExpirationInterval": "30s"}
    )
    sandbox.up()
    assert sandbox.create_namespace("short").returncode == 0
    assert "length" in sandbox.create_namespace("n" * 21).stderr.lower()


def test_data_survives_remove_without_volumes(sandbox: Sandbox) -> None:
    """`down && up` keeps what the server knew; in between nothing runs and nothing is listed."""
    first = sandbox.up()
    sandbox.create_namespace("orders")
    sandbox.engine.remove(sandbox.stack, volumes=False)
    assert not psutil.pid_exists(first.process.pid)
    assert sandbox.engine.services(sandbox.stack) == []
    assert sandbox.engine.has_data(sandbox.stack)
    sandbox.up()
    assert sandbox.has_namespace("orders")


def test_remove_with_volumes_leaves_no_file(sandbox: Sandbox) -> None:
    """Database, its companions, record and log are gone, and the process with them."""
    known = sandbox.up()
    sandbox.directory.joinpath("embedded.db-wal").touch()
    sandbox.directory.joinpath("embedded.db-shm").touch()
    sandbox.engine.remove(sandbox.stack, volumes=True)
    assert [path for path in sandbox.directory.rglob("*") if path.is_file()] == []
    assert not sandbox.engine.has_data(sandbox.stack)
    assert not psutil.pid_exists(known.process.pid)


def test_stopped_server_starts_again_on_its_data(sandbox: Sandbox) -> None:
    """`stop` leaves an exited service with code 0 and no process; `start` brings everything back."""
    first = sandbox.up()
    sandbox.create_namespace("orders")
    sandbox.engine.stop(sandbox.stack)
    assert not psutil.pid_exists(first.process.pid)
    assert (sandbox.only_service().state, sandbox.only_service().exit_code) == ("exited", 0)
    sandbox.engine.stop(sandbox.stack)
    sandbox.engine.start(sandbox.spec)
    second = sandbox.up()
    assert second.process != first.process
    assert sandbox.has_namespace("orders")


def test_a_server_that_a_killed_devenv_was_stopping_is_started_again(sandbox: Sandbox) -> None:
    """It still runs, and would end in the middle of the next `up`."""
    first = sandbox.up()
    stopping = first.model_copy(update={"is_stopping": True})
    (sandbox.directory / "embedded.json").write_text(stopping.model_dump_json())
    assert (sandbox.only_service().state, sandbox.only_service().exit_code) == ("exited", 0)
    second = sandbox.up()
    assert second.process != first.process
    assert not psutil.pid_exists(first.process.pid)


def test_start_of_a_running_server_leaves_it_alone(sandbox: Sandbox) -> None:
    """`start` on what runs does nothing."""
    first = sandbox.up()
    sandbox.engine.start(sandbox.spec, ["temporal"])
    assert sandbox.recorded() == first


def test_server_that_was_killed_is_seen_as_crashed(sandbox: Sandbox) -> None:
    """The launch fails with exit code and last log lines, and the service shows the same code afterwards."""
    launch = sandbox.engine.launch(sandbox.spec, sandbox.reporter)
    launch.wait()
    wait_for(lambda: "Temporal UI" in sandbox.files.log.read_text(encoding="utf-8"))
    sandbox.kill()
    for _ in range(2):
        with pytest.raises(ServiceCrashedError) as caught:
            launch.check()
        assert "137" in caught.value.message
        assert any("Temporal UI" in line for line in caught.value.details)
    assert (sandbox.only_service().state, sandbox.only_service().exit_code) == ("exited", 137)


def test_server_of_an_earlier_command_is_recognised_and_its_death_too(sandbox: Sandbox) -> None:
    """A later command sees the server run, and after a kill that it ended, though not how."""
    script = (
        "import os, sys; from pathlib import Path; from devenv.engines.embedded.engine import EmbeddedEngine;"
        "from devenv.engines.protocol import *; from devenv.project.services import Ports;"
        "binary, directory = map(Path, sys.argv[1:3]);"
        "numbers = dict(zip(('grpc', 'ui', 'http'), map(int, sys.argv[3:])));"
        "spec = LaunchSpec(StackIdentity('s', directory, 0), Ports(numbers));"
        "EmbeddedEngine(binary, lambda _: directory).launch(spec, None).wait()"
    )
    arguments = [str(BINARY), str(sandbox.directory), *map(str, sandbox.spec.ports.values())]
    subprocess.run([sys.executable, "-W", "error", "-c", script, *arguments], check=True)
    assert sandbox.only_service().is_running
    sandbox.kill()
    assert (sandbox.only_service().state, sandbox.only_service().exit_code) == ("exited", None)
    sandbox.up()
    assert sandbox.only_service().is_running


def test_evidence_of_a_crash_is_of_this_launch(sandbox: Sandbox) -> None:
    """A database that is no Temporal one ends the launch with the server's own words, not with older ones."""
    sandbox.up()
    sandbox.engine.stop(sandbox.stack)
    sandbox.files.database.unlink()
    with closing(sqlite3.connect(sandbox.files.database)) as connection:
        connection.execute("CREATE TABLE namespaces (name)")
    with pytest.raises(ServiceCrashedError) as caught:
        sandbox.engine.start(sandbox.spec)
    assert "exit code 1" in caught.value.message
    assert len(caught.value.details) == 1
    assert "table namespaces has no column" in caught.value.details[0]


def test_port_lost_in_between_is_named_with_setting_and_holder(sandbox: Sandbox) -> None:
    """Somebody who takes the port after it was looked at is named, like somebody who had it before."""
    with ports._reusing_socket() as listener:
        listener.bind(("127.0.0.1", sandbox.spec.ports["ui"]))
        listener.listen()
        with pytest.raises(PortTakenError) as caught:
            sandbox.engine.launch(sandbox.spec, sandbox.reporter).wait()
    assert f"Port {sandbox.spec.ports['ui']} (ui)" in caught.value.message
    assert f"(pid {os.getpid()})" in caught.value.message


def test_lost_grpc_port_is_noticed_although_somebody_answers(sandbox: Sandbox) -> None:
    """A foreign listener on the frontend's port is never taken for the server."""
    with ports._reusing_socket() as listener:
        listener.bind(("127.0.0.1", sandbox.spec.ports["grpc"]))
        listener.listen()
        launch = sandbox.engine.launch(sandbox.spec, sandbox.reporter)
        wait_for(lambda: not sandbox.recorded().is_alive)
        with pytest.raises(PortTakenError, match="grpc"):
            launch.wait()


def test_foreign_process_with_the_recorded_number_is_never_ended(sandbox: Sandbox) -> None:
    """After a reboot the number may belong to anybody: stop and remove leave it alone."""
    known = sandbox.up()
    sandbox.engine.stop(sandbox.stack)
    with subprocess.Popen(["sleep", "60"]) as foreign:
        reused = replace(known.process, pid=foreign.pid)
        record.save(sandbox.files.record, known.model_copy(update={"process": reused}))
        assert sandbox.only_service().state == "exited"
        sandbox.engine.stop(sandbox.stack)
        sandbox.engine.remove(sandbox.stack, volumes=True)
        assert foreign.poll() is None
        foreign.kill()


def test_database_of_another_version_is_refused(sandbox: Sandbox) -> None:
    """Nothing is started, nothing is changed, both versions and the way out are said."""
    sandbox.up()
    sandbox.engine.stop(sandbox.stack)
    sandbox.files.database_version.write_text("0.9.0\n", encoding="utf-8")
    before = sandbox.files.database.read_bytes()
    with pytest.raises(TemporalBinaryError) as caught:
        sandbox.engine.launch(sandbox.spec, sandbox.reporter)
    assert "0.9.0" in caught.value.message
    assert temporal_cli.version(BINARY) in caught.value.message
    assert sandbox.files.database.read_bytes() == before
    assert sandbox.only_service().state == "exited"


def test_stack_can_be_stopped_and_removed_without_the_binary(sandbox: Sandbox) -> None:
    """Only a launch needs the Temporal CLI; one that went missing keeps nobody from cleaning up."""
    known = sandbox.up()
    away = EmbeddedEngine(sandbox.directory / "nothing", lambda _: sandbox.directory)
    with pytest.raises(TemporalBinaryError):
        away.check_prerequisites()
    assert away.services(sandbox.stack)[0].is_running
    away.remove(sandbox.stack, volumes=True)
    assert not psutil.pid_exists(known.process.pid)
    with pytest.raises(TemporalBinaryError):
        away.launch(sandbox.spec, sandbox.reporter)


def test_nothing_of_the_users_own_configuration_reaches_the_server(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud variables and configuration files in HOME, even broken ones, make no difference."""
    configuration = tmp_path / "home" / ".config" / "temporalio"
    configuration.mkdir(parents=True)
    configuration.joinpath("temporal.toml").write_text("[profile.default\naddress = =", encoding="utf-8")
    configuration.joinpath("temporal.yaml").write_text("env:\n  default:\n  : [", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cloud.example:7233")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    monkeypatch.setenv("TEMPORAL_PROFILE", "missing")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "missing.toml"))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    known = sandbox.up()
    assert set(psutil.Process(known.process.pid).environ()) <= {"PATH", "HOME", "LANG", "TMPDIR"}
    assert status_of(sandbox.spec.ports["ui"], "/healthz") == 200


def test_older_configuration_of_the_cli_sets_no_flags(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`temporal.yaml` can set any flag of the CLI; the server has its UI all the same."""
    configuration = tmp_path / "home" / ".config" / "temporalio"
    configuration.mkdir(parents=True)
    configuration.joinpath("temporal.yaml").write_text(
        "env:\n  default:\n    headless: true\n", encoding="utf-8"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    sandbox.up()
    assert status_of(sandbox.spec.ports["ui"], "/healthz") == 200


def test_two_stacks_run_side_by_side(tmp_path: Path) -> None:
    """Neither knows of the other; removing one leaves the other running."""
    engine = EmbeddedEngine(BINARY, lambda stack: tmp_path / stack.name)
    boxes = [Sandbox(tmp_path / name, engine) for name in ("one", "two")]
    try:
        for box in boxes:
            box.stack = replace(box.stack, name=box.directory.name)
            box.spec = replace(box.spec, stack=box.stack)
            box.up()
        engine.remove(boxes[0].stack, volumes=True)
        assert boxes[1].only_service().is_running
        assert boxes[1].has_namespace("default")
    finally:
        for box in boxes:
            engine.remove(box.stack, volumes=True)


def test_the_web_is_served_as_declared(sandbox: Sandbox) -> None:
    """Below a path, with a codec server, on another address, and with the server's own HTTP API."""
    sandbox.spec = replace(
        sandbox.spec,
        ports=replace(sandbox.spec.ports, bind="127.0.0.2"),
        web=Web("/temporal", "http://127.0.0.1:8081", has_open_api=True),
    )
    sandbox.engine.launch(sandbox.spec, sandbox.reporter).wait()
    ports = sandbox.spec.ports
    assert sandbox.engine.internal_address(ports) == f"127.0.0.2:{ports['grpc']}"
    ui = f"http://{ports.address('ui')}/temporal"
    wait_for(lambda: web_problem(f"{ui}/healthz") is None)
    assert httpx.get(f"{ui}/api/v1/settings").json()["Codec"]["Endpoint"] == "http://127.0.0.1:8081"
    wait_for(lambda: web_problem(f"http://{ports.address('http')}/api/v1/system-info") is None)
    for port in ports.values():
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port))
    health = ["temporal", "operator", "cluster", "health"]
    assert sandbox.engine.execute(sandbox.stack, "temporal", health) == 0
