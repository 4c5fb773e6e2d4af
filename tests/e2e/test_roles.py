"""The add-on `roles` on the real stack: members of a cluster come, are killed, and nothing is lost.

The short version has two members killed at once; `just roles` has each of seven, under 500 workflows.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from e2e.engine_view import docker
from e2e.steady_load import survive
from e2e.workflows import complete_workflow, found_by, start_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

WORKFLOWS = int(os.environ.get("TEMPORAL_DEVENV_TEST_ROLES", "50"))
EVERY_MEMBER = (
    *("history-1", "history-2", "matching-1", "matching-2", "worker-1", "internal-frontend-1", "temporal-1"),
)
# The short version kills two at once: of both roles one is left.
KILLED = (
    [(each,) for each in EVERY_MEMBER]
    if "TEMPORAL_DEVENV_TEST_ROLES" in os.environ
    else [("history-1", "matching-2")]
)
MEMBERS = {"history-1", "history-2", "matching-1", "matching-2", "worker", "internal-frontend", "temporal"}
PLAIN = 'visibility = "postgres"\n'
RUNNING = 'ExecutionStatus="Running"'
ROLES = f"{PLAIN}[addons.roles]\n"


@pytest.fixture(scope="module")
def cluster(module_yard: Yard) -> Stack:
    """Return a stack with data of a server in one container, whose roles are apart since then."""
    stack = module_yard.project("cluster", {"devenv.toml": PLAIN})
    stack.up()
    start_workflow(stack.grpc, "default")
    declare(stack, ROLES)
    stack.up()
    return stack


def declare(stack: Stack, settings: str) -> None:
    (stack.project / "devenv.toml").write_text(settings)


def status(stack: Stack) -> Any:
    return json.loads(stack.cli.run("status", "-o", "json").out)


def states(document: Any) -> dict[str, str]:
    return {each["name"]: each["state"] for each in document["services"]}


def test_ready_means_that_all_members_are_one_cluster(cluster: Stack) -> None:
    """Each is a row of its own, and what was there before is there."""
    assert set(states(cluster.document)) == {*MEMBERS, "admin-tools", "postgres", "ui"}
    assert "add-on roles" in [each["step"] for each in cluster.document["timings"]]
    assert len(found_by(cluster.grpc, "default", RUNNING)) == 1
    complete_workflow(cluster.grpc, "default")


def test_other_shards_than_those_of_the_data_are_refused(cluster: Stack) -> None:
    """What runs goes on."""
    declare(cluster, f"{ROLES}shards = 16\n")
    refused = cluster.cli.run("up", "-o", "json")
    declare(cluster, ROLES)
    assert refused.exit == 3
    message = 'devenv.toml:3: "addons.roles.shards" is 16, and the data of this stack has 4, for good'
    assert refused.document["error"]["message"] == message
    assert status(cluster)["state"] == "ready"


def test_killed_members_cost_time_and_nothing_else(
    cluster: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every workflow completes, each member that is gone is told of, and `up` brings it back."""

    def kill(members: Sequence[str]) -> None:
        docker("kill", *(f"{cluster.name}-{each}" for each in members))

    def bring_back() -> None:
        document = status(cluster)
        assert document["state"] == "degraded"
        assert "exited" in states(document).values()
        cluster.up()

    kills = {" and ".join(members): (partial(kill, members), bring_back) for members in KILLED}
    found = survive(cluster.grpc, WORKFLOWS, kills)
    with capsys.disabled():
        sys.stdout.write(f"\n{WORKFLOWS} workflows; new ones completed after (s): {found.recovered_s}\n")
    assert (found.completed, found.problems) == (WORKFLOWS, [])
    assert status(cluster)["alerts"] == []


def test_a_role_is_a_service_of_the_commands_and_switched_off_nothing_is_lost(cluster: Stack) -> None:
    """Its members stop together; the server in one container goes on with the same data."""
    assert cluster.cli.run("logs", "--tail", "1", "history").out.startswith("history")
    assert cluster.cli.run("stop", "matching").exit == 0
    stopped = states(status(cluster))
    assert [stopped[name] for name in ("matching-1", "matching-2", "history-1")] == [
        *("exited", "exited", "running")
    ]
    declare(cluster, PLAIN)
    assert set(states(cluster.up())) == {"postgres", "temporal", "ui"}
    assert len(found_by(cluster.grpc, "default", RUNNING)) == 1
