"""What `devenv status` says of task queues."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.temporal.protocol import QueueActivity


def queue_document(queue: QueueActivity) -> dict[str, Any]:
    """Return the fields of a task queue."""
    return {
        "namespace": queue.namespace,
        "name": queue.name,
        "tasks": [
            {
                "kind": tasks.kind,
                "pollers": [
                    {
                        "identity": poller.identity,
                        "sdk": poller.sdk or None,
                        "polled_at": poller.polled_at.isoformat(),
                    }
                    for poller in tasks.pollers
                ],
                "seen_at": tasks.seen_at.isoformat() if tasks.seen_at else None,
                "backlog": tasks.backlog,
                "backlog_age_seconds": tasks.backlog_age.total_seconds(),
            }
            for tasks in queue.tasks
        ],
    }


def print_queues(console: SafeConsole, queues: Sequence[QueueActivity]) -> None:
    """Print a row for each task queue, and a line for each that nobody polls."""
    if not queues:
        return
    console.say()
    console.table(
        ("TASK QUEUE", "NAMESPACE", "POLLERS", "BACKLOG", "OLDEST", "WORKERS"),
        [_row(each) for each in queues],
    )
    for queue in queues:
        for sentence in _unpolled(queue):
            console.say(f"[warn]task queue {escape(queue.name)}:[/] {escape(sentence)}")


def _row(queue: QueueActivity) -> tuple[str, ...]:
    pollers = {poller.identity: poller for tasks in queue.tasks for poller in tasks.pollers}
    sdks = Counter(poller.sdk or "SDK not told yet" for poller in pollers.values())
    backlog = sum(tasks.backlog for tasks in queue.tasks)
    age = max((tasks.backlog_age for tasks in queue.tasks if tasks.backlog), default=None)
    workers = ", ".join(f"{sdk} x{count}" if count > 1 else sdk for sdk, count in sorted(sdks.items()))
    oldest = _rough(age) if age is not None else "-"
    return queue.name, queue.namespace, str(len(pollers)), str(backlog), oldest, workers or "-"


def _unpolled(queue: QueueActivity) -> list[str]:
    """Return what nobody polls for: the whole task queue, or tasks of a kind that wait."""
    if not any(tasks.pollers for tasks in queue.tasks):
        seen = max((tasks.seen_at for tasks in queue.tasks if tasks.seen_at), default=None)
        return [f"0 pollers{_since(seen)}"]
    return [
        f"0 pollers for {tasks.kind} tasks{_since(tasks.seen_at)}, and {tasks.backlog} wait"
        for tasks in queue.tasks
        if tasks.backlog and not tasks.pollers
    ]


def _since(seen_at: datetime | None) -> str:
    return f", the last one was seen {_rough(datetime.now(UTC) - seen_at)} ago" if seen_at else ""


def _rough(age: timedelta) -> str:
    """Return `age` in its largest unit, or two of them: `40 s`, `3 m 20 s`, `5 h`."""
    seconds = max(int(age.total_seconds()), 0)
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds} s"
    return f"{seconds // 60} m {seconds % 60} s" if seconds < 3600 else f"{seconds // 3600} h"  # noqa: PLR2004
