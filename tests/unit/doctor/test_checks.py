"""The preflight checks."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import pytest
from fakes.machine import FakeMachine

from devenv.doctor.checks import GIBIBYTE, CheckResult, CheckStatus, run_checks
from devenv.doctor.machine import ThisMachine
from devenv.engines.host.ports import any_free
from devenv.errors import (
    ComposeTooOldError,
    DockerUnreachableError,
    ImageUnavailableError,
    TemporalBinaryError,
)
from devenv.project.services import Ports

if TYPE_CHECKING:
    from pathlib import Path


def check(machine: FakeMachine, directory: Path) -> dict[str, CheckResult]:
    return {each.name: each for each in run_checks(machine, (7233, 8233), directory)}


def test_the_checks_come_in_the_order_of_mending(tmp_path: Path) -> None:
    """Docker first, then what is in it, then this machine."""
    results = run_checks(FakeMachine(), (7233, 8233, 7243), tmp_path)
    assert [each.name for each in results] == [
        "docker-engine",
        "docker-compose",
        "images",
        "memory",
        "embedded-engine",
        "disk",
        "port-7233",
        "port-8233",
        "port-7243",
    ]
    assert {each.status for each in results if each.name != "disk"} == {CheckStatus.OK}


def test_without_an_engine_nothing_is_asked_of_it(tmp_path: Path) -> None:
    """One failure, not four."""
    results = check(FakeMachine({"docker_version": DockerUnreachableError(["refused"])}), tmp_path)
    assert results["docker-engine"].status is CheckStatus.FAIL
    assert results["docker-compose"].status is results["images"].status is CheckStatus.SKIP
    assert "memory" not in results
    assert results["embedded-engine"].status is CheckStatus.OK


@pytest.mark.parametrize(
    ("question", "name", "error"),
    [
        ("docker_version", "docker-engine", DockerUnreachableError(["refused"])),
        ("compose_version", "docker-compose", ComposeTooOldError("2.20.0", "2.24.4")),
        ("images", "images", ImageUnavailableError("postgres:17", setting="versions.postgres")),
        ("temporal_cli", "embedded-engine", TemporalBinaryError("There is none", hint="reinstall devenv")),
    ],
)
def test_what_is_missing_is_told_with_its_way_out(
    tmp_path: Path,
    question: str,
    name: str,
    error: DockerUnreachableError | ComposeTooOldError | ImageUnavailableError | TemporalBinaryError,
) -> None:
    """The words are the error's own."""
    result = check(FakeMachine({question: error}), tmp_path)[name]
    assert result.status is CheckStatus.FAIL
    assert result.detail == "; ".join([error.message, *error.details])
    assert result.hint == error.hint


@pytest.mark.parametrize(
    ("memory", "status"), [(2 * GIBIBYTE, CheckStatus.OK), (2 * GIBIBYTE - 1, CheckStatus.WARN)]
)
def test_too_little_memory_is_a_warning(tmp_path: Path, memory: int, status: CheckStatus) -> None:
    """With the number that is there."""
    result = check(FakeMachine(memory=memory), tmp_path)["memory"]
    assert result.status is status
    assert result.detail == "2.0 GiB for containers"
    assert bool(result.hint) == (status is CheckStatus.WARN)


def test_a_taken_port_names_its_holder(tmp_path: Path) -> None:
    """It is a warning: devenv can move."""
    result = check(FakeMachine(holders={8233: "nginx (pid 12)"}), tmp_path)["port-8233"]
    assert (result.status, result.detail) == (CheckStatus.WARN, "taken by nginx (pid 12)")
    assert "--any-port" in result.hint


def test_the_disk_is_looked_at_where_the_state_will_be(tmp_path: Path) -> None:
    """The directory need not exist yet, and is not made."""
    result = check(FakeMachine(), tmp_path / "not" / "there")["disk"]
    assert result.detail.endswith("GiB free")
    assert not (tmp_path / "not").exists()


def test_presets_of_the_temporal_cli_are_a_warning(tmp_path: Path) -> None:
    """With what helps; without any there is nothing to say."""
    result = check(FakeMachine(presets=("it goes to cloud:7233", "use another")), tmp_path)[
        "temporal-presets"
    ]
    assert (result.status, result.detail, result.hint) == (
        CheckStatus.WARN,
        "it goes to cloud:7233",
        "use another",
    )
    assert "temporal-presets" not in check(FakeMachine(), tmp_path)


def test_this_machine_reads_the_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of the project's own stack leads nobody away."""
    presets = tmp_path / ".config" / "temporalio" / "temporal.yaml"
    presets.parent.mkdir(parents=True)
    presets.write_text("env: {default: {address: '127.0.0.1:7460'}}")
    monkeypatch.setenv("HOME", str(tmp_path))
    stranger = ThisMachine(lambda: "", tmp_path, lambda _: "", None).temporal_presets()
    assert stranger is not None
    assert "to 127.0.0.1:7460" in stranger[0]
    assert (
        ThisMachine(lambda: "", tmp_path, lambda _: "", Ports.of(grpc=7460, ui=1, http=2)).temporal_presets()
        is None
    )


def test_a_stacks_own_port_is_no_obstacle(tmp_path: Path) -> None:
    """Nor is a free one; any other has a holder."""
    with socket.create_server(("127.0.0.1", 0)) as own, socket.create_server(("127.0.0.1", 0)) as other:
        mine, theirs = own.getsockname()[1], other.getsockname()[1]
        machine = ThisMachine(
            lambda: "", tmp_path, lambda port: f"holder of {port}", Ports.of(grpc=mine, ui=1, http=2)
        )
        assert machine.port_holder(mine) is None
        assert machine.port_holder(any_free()) is None
        assert machine.port_holder(theirs) == f"holder of {theirs}"


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker-py forgets a socket that cannot connect
def test_this_machine_says_that_no_docker_answers(tmp_path: Path) -> None:
    """The test's environment points to no engine."""
    machine = ThisMachine(lambda: "", tmp_path / "temporal", lambda _: "", None)
    with pytest.raises(DockerUnreachableError):
        machine.docker_version()
    gc.collect()
    with pytest.raises(TemporalBinaryError):
        machine.temporal_cli()
