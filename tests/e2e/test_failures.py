"""Hard days: each ends with its own exit code, says what and where, and leaves nothing half-made."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e import engine_view
from e2e.engine_view import docker
from e2e.image_contracts_fixtures import image_family, versions
from e2e.stacks import BROKEN, UP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.stacks import Stack, Yard

    from devenv.images.catalog import ImageFamily

__all__ = ["image_family", "versions"]

pytestmark = pytest.mark.stack

FOREIGN = "dev.temporal-devenv.test=port-holder"


def assert_nothing_was_created(stack: Stack) -> None:
    assert stack.everything() == []
    assert stack.cli.answer("status")["state"] == "absent"


class TestTakenPorts:
    """A port that is written in devenv.toml is never moved: who holds it is named."""

    def test_by_a_process(self, yard: Yard) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            stack = yard.project("port", {"devenv.toml": f"[ports]\ngrpc = {port}\n"})
            error = stack.cli.run(*UP).error
        assert (error["code"], error["exit_code"]) == ("port-taken", 5)
        assert f"Port {port} (grpc)" in error["message"]
        assert f"(pid {os.getpid()})" in error["message"]
        # `--any-port` was given already, and does not move what a file fixes.
        assert "change `[ports] grpc` in devenv.toml" in error["hint"]
        assert "--any-port" not in error["hint"]
        assert_nothing_was_created(stack)

    def test_by_a_foreign_container(self, yard: Yard, foreign_container: tuple[str, str]) -> None:
        name, port = foreign_container
        # The UI's port this time: every one of the three is looked at.
        stack = yard.project("port", {"devenv.toml": f"[ports]\nui = {port}\n"})
        error = stack.cli.run(*UP).error
        assert (error["code"], error["exit_code"]) == ("port-taken", 5)
        assert f"Port {port} (ui) is taken by the container {name}" in error["message"]
        assert_nothing_was_created(stack)

    @pytest.fixture
    def foreign_container(self, image_family: ImageFamily) -> Iterator[tuple[str, str]]:
        """Return the name of a container and the port of this machine that it publishes."""
        name = "devenv-e2e-port-holder"
        image = image_family.refs["ui"]
        publish = "--publish=127.0.0.1::8080"
        run = ("run", "--detach", "--pull=never", f"--name={name}", f"--label={FOREIGN}", publish)
        docker(*run, "--entrypoint=sleep", image, "600")
        yield name, docker("port", name, "8080/tcp").strip().rpartition(":")[2]
        engine_view.remove_everything(FOREIGN)


class TestCrashes:
    """A service that ends by itself ends the wait at once."""

    def test_the_wait_ends_with_the_evidence_and_everything_is_taken_back(self, yard: Yard) -> None:
        stack = yard.project("crash", BROKEN)
        stack.cli.answer("trust", "--yes")
        error = stack.cli.run(*UP).error
        assert (error["code"], error["exit_code"]) == ("service-crashed", 7)
        assert "temporal ended with exit code 1" in error["message"]
        assert any("nowhere.yaml" in line for line in error["details"])
        assert_nothing_was_created(stack)
        assert "nowhere.yaml" in (saved_logs(error) / "temporal.log").read_text()


def saved_logs(error: Any) -> Path:
    [line] = [line for line in error["details"] if line.startswith("logs: ")]
    return Path(line.removeprefix("logs: "))


class TestDeadlines:
    """A deadline ends the wait with what was still missing."""

    def test_a_new_stack_is_taken_back(self, yard: Yard) -> None:
        stack = yard.project("late")
        error = stack.cli.run(*UP, "--timeout", "1s").error
        assert (error["code"], error["exit_code"]) == ("not-ready", 6)
        assert any(line.startswith("still missing: ") for line in error["details"])
        assert_nothing_was_created(stack)
        assert saved_logs(error).is_dir()


class TestWithoutDocker:
    """No engine, somebody else's engine, no images: said before anything is made."""

    def test_compose_was_asked_for_and_nothing_answers(self, yard: Yard) -> None:
        stack = yard.project("no-docker")
        error = stack.cli.with_variables(DOCKER_HOST="unix:///nonexistent.sock").run(*UP).error
        assert (error["code"], error["exit_code"]) == ("docker-unreachable", 4)
        assert "--engine embedded" in error["hint"]

    @pytest.mark.parametrize("command", [UP, ("up", "--any-port", "-o", "json")], ids=["compose", "auto"])
    def test_the_engine_is_on_another_machine(self, yard: Yard, command: tuple[str, ...]) -> None:
        """It is refused for its address, and nothing falls back."""
        stack = yard.project("remote")
        address = "tcp://build-host.invalid:2375"
        error = stack.cli.with_variables(DOCKER_HOST=address).run(*command).error
        assert (error["code"], error["exit_code"]) == ("remote-engine", 4)
        assert address.removeprefix("tcp://") in error["message"]

    def test_auto_falls_back_and_says_why(self, yard: Yard) -> None:
        stack = yard.project("fallback")
        cli = stack.cli.with_variables(DOCKER_HOST="unix:///nonexistent.sock")
        try:
            result = cli.run("up", "--any-port", "-o", "json")
            assert (result.exit, result.document["engine"]) == (0, "embedded")
            [reason] = [line for line in result.err.splitlines() if "embedded" in line and "lacks" in line]
            assert "No Docker engine answers" in reason
            assert "OpenSearch" in reason
            assert "devenv up --engine compose" in reason
        finally:
            cli.run("down", "--volumes", "--yes")

    def test_auto_never_falls_back_in_ci(self, yard: Yard) -> None:
        stack = yard.project("ci")
        cli = stack.cli.with_variables(DOCKER_HOST="unix:///nonexistent.sock", CI="true")
        assert cli.run("up", "--any-port", "-o", "json").error["code"] == "docker-unreachable"

    def test_an_image_is_missing(self, yard: Yard) -> None:
        stack = yard.project("image", {"devenv.toml": '[versions]\nui = "2.1.99"\n'})
        error = stack.cli.run(*UP, "--offline").error
        assert (error["code"], error["exit_code"]) == ("image-unavailable", 4)
        assert "2.1.99" in error["message"]
        assert "versions.ui" in error["message"]
        assert "devenv images build" in error["hint"]
        assert_nothing_was_created(stack)


class TestRun:
    """`run` gives a command a stack and leaves no trace of it; on one that is up, see `shop/test_run.py`."""

    def test_a_stack_that_was_started_for_it_is_gone_afterwards(self, yard: Yard) -> None:
        stack = yard.project("run")
        script = "import os, socket; socket.create_connection(os.environ['TEMPORAL_ADDRESS'].split(':'))"
        command = ("run", "--engine", "compose", "--any-port", "--", sys.executable, "-c", script)
        result = stack.cli.run(*command)
        assert result.exit == 0, result
        assert_nothing_was_created(stack)

    def test_a_failure_of_devenv_is_125(self, yard: Yard) -> None:
        stack = yard.project("run", {"devenv.toml": "nonsense = 1\n"})
        result = stack.cli.run("run", "--", "true")
        assert result.exit == 125
        assert "nonsense" in result.err
