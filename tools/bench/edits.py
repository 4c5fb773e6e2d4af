"""How long an edit of dynamic config takes until it is said to be in effect, and whether it is."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import ListTaskQueuePartitionsRequest
from temporalio.service import ConnectConfig, ServiceClient

from devenv.engines.protocol import StackIdentity
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.stack.config_apply import apply_config
from devenv.stack.desired import load_desired
from devenv.stack.stack import Stack
from devenv.wiring import build_dependencies
from tools.bench.ports import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devenv.events import Event

FILE = "dynamicconfig/edited.yaml"
QUEUE = "bench"
NAMESPACE = "orders"
# The server looks every 5 s: edits at different moments between two looks.
PAUSE_S = 0.7


class _Silence:
    def report(self, event: Event) -> None:
        """Drop it."""


def edit(project: Path, stack: str, address: str, times: int) -> Iterator[float]:
    """Edit one value `times` times; yield the seconds from the file's writing to the server's confirmation.

    Raises:
        BenchError: The server was said to use the value and did not, asked a moment later.
    """
    with asyncio.Runner() as runner:
        client = runner.run(ServiceClient.connect(ConnectConfig(target_host=address)))
        for number in range(times):
            time.sleep(PAUSE_S * number % 5)
            wanted = 5 + number
            _write(project / FILE, wanted)
            seconds = _apply(project, stack)
            found = runner.run(_partitions(client))
            if found != wanted:
                raise BenchError(f"said to use {wanted} partitions, the server used {found}")
            yield seconds


def _write(path: Path, partitions: int) -> None:
    constraints = f"{{namespace: {NAMESPACE}, taskQueueName: {QUEUE}}}"
    path.write_text(
        "".join(
            f"matching.numTaskqueue{kind}Partitions:\n- value: {partitions}\n  constraints: {constraints}\n"
            for kind in ("Read", "Write")
        )
    )


def _apply(directory: Path, stack: str) -> float:
    # In this process: between the confirmation and the question lies no end of another one.
    project = find_project(directory)
    desired = load_desired(project, load_settings(project, {}))
    identity = StackIdentity(stack, project.root, os.getuid())
    applied = apply_config(Stack(identity, build_dependencies(_Silence())), desired)
    if applied.seconds is None:
        raise BenchError("nothing had to change")
    return applied.seconds


async def _partitions(client: ServiceClient) -> int:
    request = ListTaskQueuePartitionsRequest(namespace=NAMESPACE, task_queue=TaskQueue(name=QUEUE))
    response = await client.workflow_service.list_task_queue_partitions(request)
    return len(response.workflow_task_queue_partitions)
