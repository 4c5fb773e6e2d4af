"""The script of the bootstrap Job that `export kubernetes` writes, on a real server."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli

from devenv.engines.host import temporal_cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEDS = """\
namespaces:
  - name: orders
    retention: 30d
    description: It's "theirs", $HOME and all
    owner_email: orders@example.com
    data: {team: checkout}
    search_attributes: {CustomerId: Keyword, OrderTotal: Double}
nexus_endpoints:
  - {name: pay, target: {namespace: orders, task_queue: pay}, description: Payments}
schedules:
  - id: nightly
    namespace: orders
    workflow: Report
    task_queue: q
    cron: "0 2 * * *"
    timezone: Europe/Paris
    input: [{it's: "a \\"text\\""}, 3]
    memo: {by: me}
    search_attributes: {CustomerId: c-1}
    schedule_memo: {by: us}
    schedule_search_attributes: {OrderTotal: 1.5}
    overlap: buffer_one
    jitter: 30s
    execution_timeout: 10m
  - {id: often, namespace: orders, workflow: Report, task_queue: q, interval: 6h/10m, catchup_window: 10500ms}
  - {id: weekdays, namespace: orders, workflow: Report, task_queue: q, calendar: {hour: 3, day_of_week: 1-5}}
task_queues: [{name: q, namespace: orders, rate_limit: 2.5}]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[str]:
    """Yield the address of a server that declares nothing."""
    cli = _project(tmp_path_factory.mktemp("cluster"), run_home)
    yield str(cli.answer("up", "--engine", "embedded", "--any-port")["endpoints"]["grpc"])
    cli.run("down", "--volumes", "--yes")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a project that has no stack."""
    project = _project(tmp_path / "shop", tmp_path / "home")
    _declare(project, SEEDS)
    return project


def _project(directory: Path, home: Path) -> Cli:
    for each in (directory, home):
        each.mkdir(exist_ok=True)
    (directory / "devenv.toml").touch()
    return Cli(directory.resolve(), home, {"DOCKER_HOST": f"unix://{home}/no-engine.sock"})


def _declare(project: Cli, seeds: str) -> None:
    (project.project / "seeds").mkdir(exist_ok=True)
    (project.project / "seeds" / "orders.yaml").write_text(seeds)
    assert project.run("export", "kubernetes", "--into", "deploy").exit == 0


def _bootstrap(project: Cli, address: str, **variables: str) -> subprocess.CompletedProcess[str]:
    binary = temporal_cli.find(None)
    environment = {
        "PATH": f"{binary.parent}:{os.environ['PATH']}",
        "HOME": str(project.project),
        "TEMPORAL_ADDRESS": address,
        "BOOTSTRAP_PAUSE_SECONDS": "1",
        **variables,
    }
    script = project.project / "deploy/bootstrap/bootstrap.sh"
    return subprocess.run(
        ["sh", str(script)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_it_brings_all_that_is_declared_and_may_run_again(cli: Cli, server: str) -> None:
    """`plan` then finds no change: what the script made is what seeds mean, word for word."""
    first = _bootstrap(cli, server)
    assert first.returncode == 0, first
    assert "namespace orders: created\n" in first.stdout
    assert cli.run("plan", "--address", server).out == "No changes.\n"
    again = _bootstrap(cli, server)
    assert again.returncode == 0, again
    assert "search attribute CustomerId of orders: is there\n" in again.stdout
    assert "schedule nightly of orders: updated\n" in again.stdout
    assert cli.run("plan", "--address", server).out == "No changes.\n"


def test_it_changes_what_is_declared_otherwise_and_deletes_nothing(cli: Cli, server: str) -> None:
    """A schedule that somebody has paused stays paused."""
    assert _bootstrap(cli, server).returncode == 0
    paused = _temporal(
        server, "schedule", "toggle", "-s", "often", "-n", "orders", "--pause", "--reason", "me"
    )
    assert paused.returncode == 0, paused
    changed = SEEDS.replace("retention: 30d", "retention: 7d").replace(
        "  - {id: weekdays", "  # - {id: weekdays"
    )
    _declare(cli, changed)
    assert _bootstrap(cli, server).returncode == 0
    plan = cli.run("plan", "--address", server).out
    assert [line for line in plan.splitlines() if "retention" in line] == []
    described = _temporal(server, "schedule", "describe", "-s", "often", "-n", "orders", "-o", "json")
    assert '"paused": true' in described.stdout
    assert _temporal(server, "schedule", "describe", "-s", "weekdays", "-n", "orders").returncode == 0


def test_a_search_attribute_of_another_type_ends_it_with_the_reason(cli: Cli, server: str) -> None:
    assert _bootstrap(cli, server).returncode == 0
    _declare(
        cli,
        SEEDS.replace("OrderTotal: Double", "OrderTotal: Int").replace("OrderTotal: 1.5", "OrderTotal: 1"),
    )
    failed = _bootstrap(cli, server)
    assert failed.returncode == 1
    assert "search attribute OrderTotal of orders is Double, not Int" in failed.stderr


def test_a_server_that_does_not_answer_is_waited_for_and_named(cli: Cli) -> None:
    failed = _bootstrap(cli, "127.0.0.1:1", BOOTSTRAP_WAIT_SECONDS="2")
    assert failed.returncode == 1
    assert "waiting for the server at 127.0.0.1:1" in failed.stdout
    assert "the server at 127.0.0.1:1 did not answer for 2 seconds" in failed.stderr


def _temporal(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(temporal_cli.find(None)), *arguments, "--address", address]
    command += temporal_cli.IGNORING_CONFIGURATION
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
