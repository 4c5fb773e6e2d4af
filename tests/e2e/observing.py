"""What tests ask the add-on `observability` of a stack, and how they have its alerts fire."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import httpx
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.stacks import REPOSITORY
from e2e.workflows import count_without_end, fail_tasks_measured, work_measured

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from e2e.stacks import Stack

    Trouble = Callable[[Stack], AbstractContextManager[None]]

ADDON = REPOSITORY / "compose" / "addons" / "observability"
QUEUE = "work-here"
# Of the hundred connections that Postgres takes; the server has about fifteen.
CONNECTIONS = 80
FIRES_WITHIN_S = CLEARS_WITHIN_S = 150


def page(stack: Stack, name: str) -> str:
    """Return the address of the server that has a page."""
    [url] = [each["url"] for each in stack.document["pages"] if each["name"] == name]
    return "/".join(str(url).split("/")[:3])


def samples(stack: Stack, query: str) -> list[Any]:
    answer = httpx.get(f"{page(stack, 'metrics')}/api/v1/query", params={"query": query})
    assert answer.status_code == 200, f"{query}: {answer.text}"
    found: list[Any] = answer.json()["data"]["result"]
    return found


def log_lines(stack: Stack, query: str, limit: int = 10) -> list[Any]:
    url = f"{page(stack, 'logs')}/select/logsql/query"
    answer = httpx.get(url, params={"query": query, "limit": limit})
    assert answer.status_code == 200, f"{query}: {answer.text}"
    return [json.loads(line) for line in answer.text.splitlines()]


def shipped_alerts(stack: Stack) -> str:
    """Return the address of the vmalert of the stack."""
    return f"{page(stack, 'alerts')}/vmalert"


def rules(vmalert: str) -> dict[str, Any]:
    """Return what the vmalert at that address knows of each rule."""
    answer = httpx.get(f"{vmalert}/api/v1/rules").json()
    return {rule["name"]: rule for group in answer["data"]["groups"] for rule in group["rules"]}


def firing(vmalert: str, alert: str) -> list[Any]:
    alerts = rules(vmalert)[alert].get("alerts", [])
    return [each for each in alerts if each["state"] == "firing"]


# The one change that tests make to the rules: what `for`, `interval` and windows say is divided.
_DURATION = re.compile(r"((?:for|interval): |\[)(\d+)([sm])\b")
HURRY = 4


def hurried(rules: str) -> str:
    """Return the rules as they are shipped, but for durations of a quarter."""
    unit_ms = {"s": 1_000, "m": 60_000}
    return _DURATION.sub(lambda found: f"{found[1]}{int(found[2]) * unit_ms[found[3]] // HURRY}ms", rules)


@contextmanager
def hurried_alerts(stack: Stack, directory: Path) -> Iterator[str]:
    """Run another vmalert beside that of the stack, with `hurried` rules; yield its address."""
    for path in ADDON.glob("rules/*.yaml"):
        (directory / path.name).write_text(hurried(path.read_text()))
    shipped = stack.services()["vmalert"]["Config"]
    flags = [flag for flag in shipped["Cmd"] if not flag.startswith(("-rule=", "-remote"))]
    where = [f"--network={stack.document['network']}", "--publish=127.0.0.1::8880"]
    mounts = [f"--volume={directory}:/rules:ro", "--tmpfs=/tmp"]
    command = [shipped["Image"], "-rule=/rules/*.yaml", *flags]
    container = docker("run", "--detach", *where, *mounts, *command).strip()
    try:
        address = f"http://{docker('port', container, '8880').split()[0]}"
        eventually(lambda: rules(address), within_s=60)
        yield address
    finally:
        docker("rm", "--force", container)


def check_fires_and_clears(
    stack: Stack,
    vmalert: str,
    trouble: Trouble,
    alerts: Collection[str],
    later: Collection[str] = (),
) -> None:
    """Have `trouble` until all of `alerts` fire; then those of `later` do, too, and all of them clear."""
    seen: set[str] = set()

    def fire() -> set[str]:
        now = {name for name in (*alerts, *later) if firing(vmalert, name)}
        seen.update(now)
        return now

    def fired(names: Collection[str]) -> bool:
        fire()
        assert seen.issuperset(names), f"only these fired: {seen}"
        return True

    with trouble(stack):
        eventually(lambda: fired(alerts), within_s=FIRES_WITHIN_S)
    eventually(lambda: fired([*alerts, *later]), within_s=FIRES_WITHIN_S)
    eventually(lambda: not fire(), within_s=CLEARS_WITHIN_S)


@contextmanager
def _process(work: Callable[..., None], *arguments: str) -> Iterator[None]:
    # The SDK goes on sending metrics as long as there is a process.
    process = get_context("spawn").Process(target=work, args=arguments)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _endpoint(stack: Stack) -> str:
    return str(stack.cli.answer("env")["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"])


def working(stack: Stack, namespace: str = "default") -> AbstractContextManager[None]:
    """Have a worker run workflows that end in each way."""
    return _process(work_measured, stack.grpc, namespace, QUEUE, _endpoint(stack))


def workflow_tasks_failing(stack: Stack) -> AbstractContextManager[None]:
    """Have a workflow with a bug."""
    return _process(fail_tasks_measured, stack.grpc, "default", "broken", _endpoint(stack))


@contextmanager
def nobody_working(stack: Stack) -> Iterator[None]:
    """Have a workflow wait for a worker, which comes at last."""
    identifier = "waits-for-a-worker"
    started = stack.temporal(
        "workflow", "start", "--type", "Working", "-t", QUEUE, "-w", identifier, "-i", '"completed"'
    )
    assert started.exit == 0, started.err
    yield
    with working(stack):
        assert stack.temporal("workflow", "result", "-w", identifier).exit == 0


def hanging(service: str) -> Trouble:
    """Have a service answer nobody."""

    @contextmanager
    def hang(stack: Stack) -> Iterator[None]:
        container = stack.services()[service]["Id"]
        # While it forks, as for a health check, on a busy machine it may be refused: "unable to freeze".
        eventually(lambda: docker("pause", container), within_s=60)
        try:
            yield
        finally:
            docker("unpause", container)

    return hang


def ended(service: str) -> Trouble:
    """Have a service end."""

    @contextmanager
    def end(stack: Stack) -> Iterator[None]:
        container = stack.services()[service]["Id"]
        docker("kill", container)
        try:
            yield
        finally:
            docker("start", container)

    return end


@contextmanager
def asked_while_opensearch_hangs(stack: Stack) -> Iterator[None]:
    """Have workflows run that nobody finds, and clients ask for them."""
    counting = _process(count_without_end, stack.grpc, "default")
    with working(stack), counting, hanging("opensearch")(stack):
        yield


@contextmanager
def working_while_postgres_hangs(stack: Stack) -> Iterator[None]:
    """Have a worker go on that nobody answers."""
    with working(stack), hanging("postgres")(stack):
        yield


@contextmanager
def connections_taken(stack: Stack) -> Iterator[None]:
    """Have others than the server take connections of Postgres."""
    postgres = stack.services()["postgres"]["Config"]
    [password] = [line for line in postgres["Env"] if line.startswith("POSTGRES_PASSWORD=")]
    # Postgres notices that a client has ended which waits for what to ask, even with no connection left.
    waiting = "sleep 600 | psql --quiet --host postgres --username temporal &"
    script = f"for each in $(seq {CONNECTIONS}); do {waiting} done; wait"
    # In a container of its own: beside so many clients the database would be out of memory.
    where = ["--detach", "--init", f"--network={stack.document['network']}", "--entrypoint=sh"]
    environment = f"--env={password.replace('POSTGRES_', 'PG', 1)}"
    container = docker("run", *where, environment, postgres["Image"], "-c", script).strip()
    try:
        yield
    finally:
        docker("rm", "--force", container)


@contextmanager
def disk_filled(stack: Stack) -> Iterator[None]:
    """Have 4 of 100 bytes free where the metrics are."""
    image = stack.services()["postgres"]["Config"]["Image"]  # it has a shell
    volume = f"--volume={stack.name}_metrics-data:/data"
    within = ["run", "--rm", "--user=0", volume, "--entrypoint=sh", image, "-c"]
    docker(*within, "fallocate -l $(( $(df --output=avail -B 1 /data | tail -1) * 96 / 100 )) /data/filler")
    try:
        yield
    finally:
        docker(*within, "rm /data/filler")
