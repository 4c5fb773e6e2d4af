"""The stack on Docker beside a Temporal server of somebody else: nothing is ever written to that one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from e2e.command_line import Cli
from e2e.engine_view import docker
from e2e.stacks import UP
from foreign_server import (
    FILES,
    ForeignServer,
    Moment,
    chance,
    check_launch,
    launched_beside_a_stranger,
    launches,
    random_moment,
    tell,
)

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

COMPOSE = ("--engine", "compose")
# As long as an `up` takes on a busy machine.
LONGEST_S = 15.0
SHORT = 1
# A long run has so many launches on the embedded engine for one on this.
FASTER = 5
COMMANDS = ("plan", "apply", "namespace create more", "namespace delete orders --yes", "env", "config apply")


@pytest.fixture(scope="module")
def pristine() -> Any:
    """What a foreign server has that nobody has written to."""
    with ForeignServer() as server:
        assert server.serves()
        return server.contents()


def test_who_takes_a_port_during_a_launch_is_left_alone(yard: Yard, pristine: Any) -> None:
    """In a usual run once, the gRPC port as soon as the ports are chosen; else at random moments, too."""
    draw, count = chance(), max(SHORT, launches(SHORT) // FASTER)
    project = yard.project("beside", FILES)
    won: Counter[tuple[str, bool]] = Counter()
    for moment in [Moment("grpc")] + [random_moment(draw, LONGEST_S) for _ in range(count - 1)]:
        with launched_beside_a_stranger(project.cli, COMPOSE, moment) as (result, server):
            won[moment.name, check_launch(project.cli, result, server, moment, pristine)] += 1
        assert project.everything() == []
    tell(won)
    assert won["grpc", True] >= 1


def test_who_has_the_port_of_a_server_that_has_stopped_is_left_alone(
    yard: Yard, pristine: Any, tmp_path: Path
) -> None:
    """Its database runs on: half a stack that is up. Another home of the same user leaves it alone, too."""
    stack = yard.project("half", FILES)
    grpc = int(stack.up()["endpoints"]["grpc"].rpartition(":")[2])
    elsewhere = Cli(stack.project, tmp_path)
    error = elsewhere.run(*UP).error
    assert (error["code"], error["exit_code"]) == ("stack-elsewhere", 1)
    assert str(stack.cli.home) in error["message"]
    assert elsewhere.answer("status")["state"] == "absent"
    assert stack.cli.answer("status")["state"] == "ready"
    docker("stop", stack.services()["temporal"]["Id"])
    with ForeignServer({"grpc": grpc}) as server:
        assert server.serves()
        for command in COMMANDS:
            result = stack.cli.run(*command.split())
            assert result.exit == 5, (command, result)
            assert f"Port {grpc} (grpc) is taken by temporal (pid {server.process.pid})" in result.err, (
                command
            )
        assert stack.cli.answer("status")["state"] == "degraded"
        assert server.contents() == pristine
        assert server.writes() == set()
    assert stack.up()["state"] == "ready"
