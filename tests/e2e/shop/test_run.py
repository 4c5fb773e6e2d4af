"""`devenv run` with a stack that is up: it is used, and stays up."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from ci_steps import gitlab_job, run_gitlab_job
from temporalio.client import WorkflowHistory

if TYPE_CHECKING:
    from e2e.stacks import Stack

pytestmark = pytest.mark.stack


def test_a_stack_that_is_up_is_used_and_stays(shop: Stack) -> None:
    before = shop.containers()
    result = shop.cli.run("run", "--", "sh", "-c", "echo $TEMPORAL_ADDRESS $TEMPORAL_NAMESPACE; exit 42")
    assert (result.exit, result.out.split()) == (42, [shop.grpc, "orders"])
    assert shop.containers() == before


def test_a_command_that_does_not_exist_is_127(shop: Stack) -> None:
    result = shop.cli.run("run", "--", "no-such-program")
    assert result.exit == 127
    assert "no-such-program cannot be run" in result.err


SCRIPT = """\
temporal workflow start --namespace orders --workflow-id evidence --task-queue nobody --type Order
temporal workflow terminate --namespace orders --workflow-id evidence --reason 'of no use'
exit 3
"""


def test_a_command_that_fails_leaves_its_evidence(shop: Stack) -> None:
    """With the log of each service, what failed, and its page: the stack stays up."""
    home = shop.project.parent / "evidence"
    try:
        result = shop.cli.run("run", "--artifacts", str(home), "--", "sh", "-c", SCRIPT)
    finally:
        shop.cli.run("temporal", "workflow", "delete", "--namespace", "orders", "--workflow-id", "evidence")
    assert result.exit == 3
    document = json.loads((home / "index.json").read_text())
    assert document["problems"] == []
    [ended] = [each for each in document["workflows"] if each["workflow_id"] == "evidence"]
    assert (ended["status"], ended["failure"]) == ("Terminated", "of no use")
    assert f"/namespaces/orders/workflows/evidence/{ended['run_id']}/history" in ended["url"]
    assert WorkflowHistory.from_json("evidence", (home / ended["history"]).read_text()).events
    assert {path.name for path in (home / "logs").iterdir()} >= {
        f"{name}.log" for name in ("opensearch", "postgres", "temporal", "ui")
    }
    assert "limit.blobSize.error" in (home / "dynamicconfig.yaml").read_text()
    state = shop.cli.home / "state" / "temporal-devenv" / "stacks" / shop.name
    password = (state / "postgres-password").read_text()
    assert not [path for path in home.rglob("*") if path.is_file() and password in path.read_text()]


TEST = """\
import os, socket

def test_the_stack_is_there():
    socket.create_connection(os.environ["TEMPORAL_ADDRESS"].split(":")).close()
    assert False
"""


def test_the_job_for_gitlab_with_the_whole_stack(shop: Stack) -> None:
    """By its own last step; the engine that its first ones start is there, and devenv is installed."""
    job = gitlab_job("integration-compose")
    tests = shop.project / "tests"
    (tests / "integration").mkdir(parents=True)
    (tests / "integration" / "test_stack.py").write_text(TEST)
    try:
        done = run_gitlab_job({"script": job["script"][-1:]}, shop.project, shop.cli.environment())
        kept = [(shop.project / path).exists() for path in job["artifacts"]["paths"]]
    finally:
        shutil.rmtree(tests)
        for made in ("devenv-artifacts", ".pytest_cache"):
            shutil.rmtree(shop.project / made, ignore_errors=True)
    assert (done.exit, kept) == (1, [True, False]), done
    assert "1 failed" in done.out
