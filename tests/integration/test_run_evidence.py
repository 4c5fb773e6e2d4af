"""What is left of a `run` whose test failed, on a real server: histories that viewers and replayers read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import toolchain
from e2e.command_line import Cli
from plugins.real_stack import could_not
from temporalio.client import WorkflowHistory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDER = """\
import asyncio, os, traceback
from orders.connection import connect
from orders.models import Item, OrderRequest
from orders.settings import Settings
from orders.worker import build_worker
from orders.workflows import OrderSaga

async def main():
    client = await connect()
    settings = Settings(task_queue="evidence", store_path="store.sqlite3")
    start = lambda name, queue, customer: client.start_workflow(
        OrderSaga.run, OrderRequest(name, customer, [Item("lamp", 1, 4200)], "1 Main Street"),
        id=name, task_queue=queue,
    )
    await start("order-waiting", "nobody-polls-this", "customer-1")
    async with build_worker(client, settings):
        await (await start("order-fine", "evidence", "customer-1")).result()
        await (await start("order-declined", "evidence", "declined")).result()

try:
    asyncio.run(main())
except Exception:
    traceback.print_exc()
    # Native threads of the SDK may abort the process while Python is torn down.
    os._exit(1)
"""
REPLAY = """\
import asyncio, pathlib, sys
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from orders.workflows import WORKFLOWS

history = WorkflowHistory.from_json("order-declined", pathlib.Path(sys.argv[1]).read_text())
asyncio.run(Replayer(workflows=WORKFLOWS).replay_workflow(history))
"""

# Of the service, with what its code imports.
PYTHON = "orders/python/.venv/bin/python"


@pytest.fixture
def service(tmp_path: Path, run_home: Path) -> Iterator[Cli]:
    """Yield a project with a generated service, and nothing that runs."""
    root = tmp_path / "project"
    root.mkdir()
    cli = Cli(root.resolve(), run_home, {"DOCKER_HOST": f"unix://{run_home}/no-engine.sock"})
    assert cli.run("new-service", "orders", "--lang", "python", "--no-apply").exit == 0
    for name, text in {"order.py": ORDER, "replay.py": REPLAY}.items():
        (root / name).write_text(text)
    toolchain.succeed("uv", "sync", "--no-dev", cwd=root / "orders/python")
    yield cli.with_variables(TEMPORAL_DEVENV_ENGINE="embedded", TEMPORAL_DEVENV_ANY_PORT="true")
    cli.run("down", "--volumes", "--yes")


def test_a_failed_workflow_of_a_generated_service_is_replayed(service: Cli) -> None:
    """Nothing of the stack is left, and its history tells the whole story to the code that wrote it."""
    result = service.run(
        *("run", "--artifacts", "out", "--", "env", "TEMPORAL_NAMESPACE=orders", PYTHON, "order.py")
    )
    assert result.exit == 1, result
    assert service.answer("status")["state"] == "absent"
    home = service.project / "out"
    document = json.loads((home / "index.json").read_text())
    assert (document["problems"], document["left_out"]) == ([], [])
    declined, waiting = document["workflows"]
    assert (declined["workflow_id"], declined["status"]) == ("order-declined", "Failed")
    assert declined["failure"] == "PaymentDeclined: declined cannot pay 42.00"
    assert (waiting["workflow_id"], waiting["status"], waiting["failure"]) == (
        "order-waiting",
        "Running",
        None,
    )
    text = (home / declined["history"]).read_text()
    history = WorkflowHistory.from_json("order-declined", text)
    assert history.run_id == declined["run_id"]
    assert json.loads(history.to_json()) == json.loads(text)
    toolchain.succeed(PYTHON, "replay.py", home / declined["history"], cwd=service.project)
    assert {"logs/temporal.log", "status.json", "timings.json", "dynamicconfig.yaml"} <= {
        each["path"] for each in document["files"]
    }
    assert json.loads((home / "status.json").read_text())["state"] == "ready"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system with room for little."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = toolchain.run("mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", small, cwd=tmp_path)
    if mounted.returncode:
        could_not(f"no file system can be mounted: {mounted.stderr}")
    yield small
    toolchain.succeed("umount", small, cwd=tmp_path)


def test_a_full_disk_leaves_the_index(service: Cli, small_disk: Path) -> None:
    """For which there was room from the beginning; the code of the command is the command's."""
    script = f"cat /dev/zero > {small_disk}/mine 2>/dev/null; exit 3"
    result = service.run("run", "--artifacts", str(small_disk), "--", "sh", "-c", script)
    assert result.exit == 3, result
    document = json.loads((small_disk / "index.json").read_text())
    assert any("No space left on device" in problem for problem in document["problems"])
    assert "No space left on device" in result.err
    assert list(small_disk.rglob("*.log")) == []
    assert service.answer("status")["state"] == "absent"
