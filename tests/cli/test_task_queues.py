"""What `devenv status` shows of task queues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from devenv.errors import ServerRejectedError
from devenv.temporal.protocol import Poller, QueueActivity, Tasks

if TYPE_CHECKING:
    from cli.conftest import CommandLine


def ago(seconds: int) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def show(devenv: CommandLine, *tasks: Tasks) -> str:
    devenv("up")
    devenv.world.gateway.activity = [QueueActivity("default", "orders-go", tasks)]
    return devenv("status").out


def test_pollers_and_backlog_have_a_row(devenv: CommandLine) -> None:
    pollers = [Poller(f"{number}@host", ago(1), "temporal-go 1.38.0") for number in (1, 2)]
    shown = show(
        devenv,
        Tasks("workflow", pollers, ago(1), 3, timedelta(seconds=200)),
        Tasks("activity", pollers[:1], ago(1)),
    )
    [row] = [line.split() for line in shown.splitlines() if line.startswith("orders-go")]
    assert row == ["orders-go", "default", "2", "3", "3", "m", "20", "s", "temporal-go", "1.38.0", "x2"]
    assert "0 pollers" not in shown


def test_a_task_queue_that_nobody_polls_has_a_line(devenv: CommandLine) -> None:
    """With how long that is so, as far as the server knows."""
    shown = show(devenv, Tasks("workflow", seen_at=ago(40)), Tasks("activity"))
    assert "task queue orders-go: 0 pollers, the last one was seen 40 s ago\n" in shown
    assert "task queue orders-go: 0 pollers\n" in show(devenv, Tasks("workflow"), Tasks("activity"))


def test_tasks_of_a_kind_that_wait_for_nobody_have_a_line(devenv: CommandLine) -> None:
    """As if a worker had no activities; where none waits, that may be meant so."""
    workflow = Tasks("workflow", [Poller("1@host", ago(1))], ago(1))
    assert "0 pollers" not in show(devenv, workflow, Tasks("activity"))
    shown = show(devenv, workflow, Tasks("activity", backlog=2))
    assert "task queue orders-go: 0 pollers for activity tasks, and 2 wait\n" in shown
    assert "SDK not told yet" in shown


def test_declared_task_queues_are_asked_for(devenv: CommandLine) -> None:
    """Also those that only a schedule or an endpoint names."""
    devenv.write(
        "seeds/x.yaml",
        "task_queues: [{name: limited, namespace: default, rate_limit: 5}]\n"
        "schedules: [{id: s, namespace: default, workflow: W, task_queue: nightly, cron: '0 2 * * *'}]\n"
        "nexus_endpoints: [{name: pay, target: {namespace: default, task_queue: pay}}]\n",
    )
    devenv("up")
    devenv("status")
    names = {"limited", "nightly", "pay"}
    assert set(devenv.world.gateway.asked_queues) == {("default", name) for name in names}


def test_a_server_that_does_not_tell_leaves_the_status(devenv: CommandLine) -> None:
    devenv("up")
    devenv.world.gateway.queue_problem = ServerRejectedError("The server refused a question", "no")
    shown = devenv("status")
    assert (shown.code, shown.out.split(":")[0]) == (0, "ready")
    assert "task queues are not shown: The server refused a question; no" in shown.err
