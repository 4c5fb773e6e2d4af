"""The add-ons `archive` and `object-store` on the real stack: what retention deletes is read back from S3."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.workflows import complete_workflow, history_of, start_workflow, terminate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

WAIT_S = 120
PREFIX = "TEMPORAL_DEVENV_S3_"
# Else the server keeps nothing for less than an hour, and deletes it within half an hour after that.
SHORT = "{key}: [{{value: 1s}}]\n"
FILES = {
    "devenv.toml": 'visibility = "postgres"\n[addons]\narchive = true\n',
    "seeds/orders.yaml": "namespaces:\n- {name: orders, archival: true}\n- {name: plain}\n",
    "dynamicconfig/short.yaml": SHORT.format(key="system.namespaceMinRetentionLocal")
    + SHORT.format(key="history.retentionTimerJitterDuration"),
}


@pytest.fixture(scope="module")
def stack(module_yard: Yard) -> Stack:
    """Return a stack with an archive for the namespace `orders`, which retains what closes for a second."""
    stack = module_yard.project("archived", FILES)
    stack.up()
    retain_briefly(stack)
    return stack


def retain_briefly(stack: Stack) -> None:
    """Make the retention shorter than seeds can declare it: the next `up` takes that back."""
    update = ("operator", "namespace", "update", "--namespace", "orders", "--retention", "1s")
    assert stack.temporal(*update).exit == 0


def until(is_so: Callable[[], bool]) -> None:
    """Return when it is so."""
    eventually(lambda: is_so() or None, within_s=WAIT_S)


def archived(stack: Stack, workflow: str) -> list[Any]:
    """Return what visibility's archive has of a workflow."""
    query = ("--namespace", "orders", "--archived", "--query", f"WorkflowId='{workflow}'", "-o", "json")
    found = json.loads(stack.temporal("workflow", "list", *query).out or "[]")
    assert isinstance(found, list)
    return found


def is_retained(stack: Stack, workflow: str) -> bool:
    return stack.temporal("workflow", "describe", "-n", "orders", "-w", workflow).exit == 0


def test_what_retention_has_deleted_is_read_back(stack: Stack) -> None:
    """By the Temporal CLI and by the SDK: how it ended, and event by event."""
    assert stack.document["addons"] == ["object-store", "archive"]
    assert stack.document["not_enforced"] == []
    assert "object-store, needed by archive" in stack.told
    workflow = complete_workflow(stack.grpc, "orders")
    until(lambda: not is_retained(stack, workflow))
    [found] = archived(stack, workflow)
    assert found["status"] == "WORKFLOW_EXECUTION_STATUS_COMPLETED"
    run = found["execution"]["runId"]
    shown = stack.temporal("workflow", "show", "-n", "orders", "-w", workflow, "-r", run).out
    assert "WorkflowExecutionCompleted" in shown
    events = history_of(stack.grpc, "orders", workflow, run)
    assert events[0] == "workflow_execution_started_event_attributes"
    assert events[-1] == "workflow_execution_completed_event_attributes"
    refused = stack.temporal("workflow", "list", "-n", "plain", "--archived")
    assert "Namespace is not configured for visibility archival" in refused.err


def test_what_closes_while_the_store_is_down_is_kept_until_it_is_archived(stack: Stack) -> None:
    """Longer than the retention; `status` says why, and `up` brings the store back."""
    docker("stop", "--time", "1", stack.services()["object-store"]["Id"])
    workflow = start_workflow(stack.grpc, "orders")
    terminate(stack.grpc, "orders", workflow)
    status = stack.cli.answer("status")
    assert status["state"] == "degraded"
    assert any("temporal does not reach the archive" in alert for alert in status["alerts"])
    time.sleep(3)
    assert is_retained(stack, workflow)
    stack.up()
    until(lambda: bool(archived(stack, workflow)))


def s3(variables: Mapping[str, str], path: str, *options: str, secret: str = "") -> tuple[str, str]:
    """Return the status and the body that curl, which signs as SDKs do, gets from the store."""
    key = f"{variables[f'{PREFIX}ACCESS_KEY']}:{secret or variables[f'{PREFIX}SECRET_KEY']}"
    signed = ["--aws-sigv4", f"aws:amz:{variables[f'{PREFIX}REGION']}:s3", "--user", key]
    signed += ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    url = f"{variables[f'{PREFIX}ENDPOINT']}{path}"
    command = ["curl", "-s", "-w", "\n%{http_code}", *signed, *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    body, _, status = done.stdout.rpartition("\n")
    return status, body


def test_the_store_is_there_for_others_who_have_the_key(stack: Stack, tmp_path: Path) -> None:
    """A bucket and an object of one's own; a wrong key is refused."""
    variables = stack.cli.answer("env", "--format", "json")
    file = tmp_path / "order.json"
    file.write_text('{"order": 7}')
    assert s3(variables, "/orders", "-X", "PUT")[0] == "200"
    assert s3(variables, "/orders/2026/7.json", "-T", str(file))[0] == "200"
    status, refusal = s3(variables, "/orders/2026/7.json", secret="wrong")
    assert (status, "SignatureDoesNotMatch" in refusal) == ("403", True)
    assert s3(variables, "/orders/2026/7.json") == ("200", '{"order": 7}')
