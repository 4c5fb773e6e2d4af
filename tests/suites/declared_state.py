"""The suite of declared state: the same tests against the embedded engine and the stack on Docker.

`tests/integration` and `tests/e2e` each make a class of it, with a `project` that is up on their engine.
"""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from e2e.polling import eventually
from e2e.workflows import found_by, upsert
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    ScheduleState,
)
from temporalio.service import RPCError

from devenv.engines.host import temporal_cli
from devenv.seeds.kinds.schedule.calendars import parse_cron
from devenv.temporal.connection import Connection, to
from devenv.temporal.gateway import ServerGateway

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from e2e.command_line import Cli

SEEDS = """\
namespaces:
  - name: orders
    retention: 30d
    description: Order processing workflows
    owner_email: orders@example.com
    data: {team: checkout}
    search_attributes: {CustomerId: Keyword, OrderTotal: Double}
  - {name: pnats, retention: 2160h}
  - name: pnats-staging
    retention: 1440h
    search_attributes: {CustomerId: Keyword, Order "x.y" @ Home: Keyword}
  - {name: pnats-dev, retention: 720h}
nexus_endpoints:
  - name: orders
    target: {namespace: orders, task_queue: orders-go}
    description: Place orders
schedules:
  - id: nightly-report
    namespace: orders
    workflow: NightlyReport
    task_queue: orders-go
    cron: "CRON_TZ=Europe/Paris 0 2 * * MON-FRI # reports"
    input: [{region: eu, limits: [1, 2.5, null]}, "text", null]
    note: Reports of the day
  - id: often
    namespace: orders
    workflow: Often
    task_queue: orders-go
    interval: 6h
    offset: 10m
    overlap: buffer_one
    catchup_window: 1m
  - id: office-hours
    namespace: pnats
    workflow: Check
    task_queue: pnats
    calendar: {minute: "*/15", hour: 9-17, day_of_week: MON-FRI}
    timezone: America/New_York
    paused: true
"""
# A schedule that says everything.
RICH = """\
  - id: says everything/1
    namespace: orders
    workflow: Nightly Report
    task_queue: orders/go
    workflow_id: report
    cron: ["0 3 * * *", "30 0 4 * * * *"]
    interval: [1h, 6h/10m, {every: 2d, offset: 1h}]
    calendar:
      - {hour: 9, day_of_month: 1-7, day_of_week: MON}
      - {minute: 5, comment: "a # b"}
    exclude: {month: 12, day_of_month: 25, hour: "*", minute: "*", second: "*"}
    timezone: Europe/Paris
    jitter: 30s
    start_time: 2027-01-01T00:00:00Z
    end_time: 2037-01-01T00:00:00+01:00
    input: [{a: 1}]
    memo: {why: because, n: [1, null]}
    search_attributes: {CustomerId: c7}
    execution_timeout: 1h
    run_timeout: 30m
    task_timeout: 20s
    retry_policy: {initial_interval: 2s, maximum_attempts: 3, non_retryable_error_types: [Bad]}
    static_summary: A summary
    static_details: "Two\\nlines"
    paused: true
    note: A note
    remaining_actions: 5
    overlap: buffer_one
    catchup_window: 1m
    pause_on_failure: true
    keep_original_workflow_id: true
    schedule_memo: {owner: team}
    schedule_search_attributes: {CustomerId: c8}
"""
SEEDS += RICH
SEEDS += """\
task_queues:
  - {name: orders-go, namespace: orders, rate_limit: 50, fairness_key_rate_limit: 2.5}
  - {name: slow, namespace: pnats, rate_limit: 0.1}
"""
# The same with everything said otherwise, and with nothing said that need not be.
OTHERWISE = """\
schedules:
  - id: says everything/1
    namespace: orders
    workflow: Other
    task_queue: other
    interval: 1d
    exclude: [{hour: 0}, {hour: 1}]
    jitter: 1m
    start_time: 2028-01-01T00:00:00Z
    end_time: 2038-01-01T00:00:00Z
    input: [1, 2]
    memo: {why: other}
    search_attributes: {CustomerId: other}
    execution_timeout: 2h
    run_timeout: 1h
    task_timeout: 30s
    retry_policy: {maximum_attempts: 1}
    static_summary: Another
    static_details: Other details
    note: Another note
    remaining_actions: 4
    overlap: allow_all
    catchup_window: 2m
    schedule_search_attributes: {CustomerId: c9}
"""
BARELY = """\
schedules:
  - {id: says everything/1, namespace: orders, workflow: W, task_queue: q, interval: 1h}
"""

RICH_TIMES = (
    "0 3 * * *; 0 9 1-7 * 1; 30 0 4 * * * *; 5 0 * * * # a # b; @every 1h; @every 2d/1h; @every 6h/10m"
)

PLANNED = [
    "+ namespace orders (retention 30d)",
    "+ namespace pnats (retention 90d)",
    "+ namespace pnats-staging (retention 60d)",
    "+ namespace pnats-dev (retention 30d)",
    "+ search attribute orders.CustomerId Keyword",
    "+ search attribute orders.OrderTotal Double",
    "+ search attribute pnats-staging.CustomerId Keyword",
    '+ search attribute pnats-staging.Order "x.y" @ Home Keyword',
    "+ Nexus endpoint orders (target orders/orders-go)",
    "+ schedule orders.nightly-report (times 0 2 * * 1-5 # reports)",
    "+ schedule orders.often (times @every 6h/10m)",
    "+ schedule pnats.office-hours (times */15 9-17 * * 1-5)",
    f"+ schedule orders.says everything/1 (times {RICH_TIMES})",
    "~ task queue orders.orders-go: rate_limit none → 50",
    "~ task queue orders.orders-go: fairness_key_rate_limit none → 2.5",
    "~ task queue pnats.slow: rate_limit none → 0.1",
]

UPDATE_OFTEN = (
    "schedule update -n orders -s often --type Often -t orders-go -w often "
    "--overlap-policy BufferOne --catchup-window 1m"
)

LIMIT = "task-queue config set --task-queue-type activity"

# What somebody does with Temporal's own CLI, and what a plan makes of it, in the order of the plan. Ways to
# touch the same thing are in different rounds.
DRIFT = {
    "of all kinds": (
        (
            "operator namespace update -n orders --description Other",
            '~ namespace orders: description "Other" → "Order processing workflows"',
        ),
        ("operator namespace update -n pnats --retention 72h", "~ namespace pnats: retention 3d → 90d"),
        ("operator namespace delete -n pnats-dev --yes", "+ namespace pnats-dev (retention 30d)"),
        (
            "operator search-attribute remove -n orders --name OrderTotal --yes",
            "+ search attribute orders.OrderTotal Double",
        ),
        (
            "operator nexus endpoint update --name orders --target-namespace pnats --target-task-queue q",
            "~ Nexus endpoint orders: target pnats/q → orders/orders-go",
        ),
        (
            "schedule delete -n orders -s nightly-report",
            "+ schedule orders.nightly-report (times 0 2 * * 1-5 # reports)",
        ),
        (f"{UPDATE_OFTEN} --interval 1h", "~ schedule orders.often: times @every 1h → @every 6h/10m"),
        (
            "schedule toggle -n pnats -s office-hours --unpause --reason x",
            "~ schedule pnats.office-hours: paused false → true",
        ),
        (
            f"{LIMIT} -n orders -t orders-go --queue-rps-limit 7",
            "~ task queue orders.orders-go: rate_limit 7 → 50",
        ),
    ),
    "of what else they have": (
        (
            "operator namespace update -n orders --email other@example.com",
            '~ namespace orders: owner_email "other@example.com" → "orders@example.com"',
        ),
        (
            "operator nexus endpoint update --name orders --description Other",
            '~ Nexus endpoint orders: description "Other" → "Place orders"',
        ),
        (
            f"{UPDATE_OFTEN} --interval 6h/10m --jitter 5s",
            "~ schedule orders.often: jitter 5s → none",
        ),
        (
            f"{LIMIT} -n orders -t orders-go --fairness-key-rps-limit-default default",
            "~ task queue orders.orders-go: fairness_key_rate_limit none → 2.5",
        ),
    ),
    "of an endpoint that is gone": (
        ("operator nexus endpoint delete --name orders", "+ Nexus endpoint orders (target orders/orders-go)"),
    ),
}

CRON_LINES = (
    "0 2 * * *",
    "*/15 9-17 * * MON-FRI",
    "5/10 1,13-15 1-31/2 jan-dec/3 *",
    "0 0 * * 3-7/2",
    "0 0 * * 0-7",
    "0 0 * * fri-7 2030",
    "30 0 12 1,15 * sun,SAT 2026-2040/2",
    "0 12 * * * # noon",
    "TZ=Asia/Tokyo 0 12 * * *",
    "@daily",
    "@yearly",
    "@every 90m",
    "@every 1d/6h",
)
NO_CRON_LINES = (
    "* * * *",
    "0 25 * * *",
    "0 0 0 * *",
    "*/0 * * * *",
    "5-1 * * * *",
    "1-2-3 * * * *",
    "1/2/3 * * * *",
    "1,,2 * * * *",
    "0 0 * * fri-sun",
    "0 0 * ja *",
    "0 0 1 1 * 1999",
    "@nightly",
    "@every 0.5s",
    "@every 1h/1h",
    "TZ=Europe/Paris",
)


def write_seeds(project: Cli, name: str, text: str | None) -> None:
    """Write one file of seeds, or remove it."""
    file = project.project / "seeds" / name
    if text is None:
        file.unlink()
        return
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def planned(project: Cli, *options: str) -> list[str]:
    """Return the lines of a plan."""
    result = project.run("plan", *options)
    assert result.exit == 0, result
    return [] if result.out == "No changes.\n" else result.out.splitlines()


def temporal(project: Cli, command: str) -> None:
    """Do something behind devenv's back, with Temporal's own CLI."""
    binary = str(temporal_cli.find(None))
    done = subprocess.run(
        [
            binary,
            *shlex.split(command),
            "--address",
            project.grpc,
            *temporal_cli.IGNORING_CONFIGURATION,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done


def eventually_temporal(project: Cli, command: str) -> None:
    """Do something that the server may not be ready for yet."""

    def is_done() -> bool:
        temporal(project, command)
        return True

    eventually(is_done)


class DeclaredStateSuite:
    """Give it a class-wide fixture `project`: a `Cli` whose stack is up and declares nothing."""

    @pytest.fixture(scope="class")
    @classmethod
    def declared(cls, project: Cli) -> Cli:
        """Return the project with its seeds applied, for the first time."""
        write_seeds(project, "all.yaml", SEEDS)
        assert planned(project) == PLANNED
        result = project.run("apply")
        assert result.exit == 0, result
        assert result.out.splitlines() == PLANNED
        return project

    @pytest.fixture
    def clean(self, declared: Cli) -> Iterator[Cli]:
        """Return the project, as declared: each test leaves it without anything to change."""
        yield declared
        assert planned(declared) == []

    def test_after_apply_there_is_nothing_to_change(self, clean: Cli) -> None:
        """Nor for a second one, for `status`, and for `up`."""
        assert planned(clean) == clean.answer("apply")["changes"] == []
        status = clean.answer("status")
        assert (status["state"], status["drift"]) == ("ready", [])
        assert {each["state"] for each in status["namespaces"]} == {"usable"}
        assert clean.answer("up")["drift"] == []

    @pytest.mark.parametrize("what", DRIFT)
    def test_drift_is_found_and_mended(self, clean: Cli, what: str) -> None:
        """Made by Temporal's own CLI."""
        lines = [line for _, line in DRIFT[what]]
        for command, _ in DRIFT[what]:
            temporal(clean, command)
        assert eventually(lambda: len(found := planned(clean)) >= len(lines) and found) == lines
        assert [change["kind"] for change in clean.answer("status")["drift"]] == [
            change["kind"] for change in clean.answer("plan")["changes"]
        ]
        result = clean.run("apply")
        assert (result.exit, result.out.splitlines()) == (0, lines), result

    def test_what_is_declared_nowhere_goes_only_with_prune(self, clean: Cli) -> None:
        """In an order that the server accepts."""
        temporal(clean, "operator namespace create -n old")
        # The rest of the server gets to know a new namespace in its own time.
        for command in (
            "operator search-attribute create -n orders --name Old --type Text",
            "operator nexus endpoint create --name old --target-namespace old --target-task-queue q",
        ):
            eventually_temporal(clean, command)
        temporal(clean, "schedule create -n orders -s old --type W -t q --interval 1h")
        # A schedule names it, else nobody could know of it.
        temporal(clean, f"{LIMIT} -n pnats -t pnats --queue-rps-limit 9")
        assert planned(clean) == []
        lines = eventually(lambda: len(found := planned(clean, "--prune")) == 5 and found)
        assert [line.replace("orders.Old", "Old") for line in lines or []] == [
            "- task queue pnats.pnats",
            "- schedule orders.old",
            "- Nexus endpoint old",
            "- search attribute Old",
            "- namespace old",
        ]
        assert clean.run("apply", "--prune", "-o", "json").error["code"] == "confirmation-needed"
        result = clean.run("apply", "--prune", "--yes")
        assert (result.exit, result.out.splitlines()) == (0, lines), result
        assert planned(clean, "--prune") == []

    def test_another_type_is_refused_and_nothing_is_applied(self, clean: Cli) -> None:
        """The server would accept it, and keep the old one."""
        temporal(clean, "operator search-attribute create -n pnats --name Region --type Text")
        region = "{name: pnats, retention: 2160h, search_attributes: {Region: Keyword}}"
        write_seeds(clean, "more.yaml", f"namespaces: [{region}, {{name: fresh}}]")
        write_seeds(clean, "all.yaml", SEEDS.replace("  - {name: pnats, retention: 2160h}\n", ""))
        try:
            lines = planned(clean)
            why = lines[lines.index("! search attribute pnats.Region: Text → Keyword") + 1]
            error = clean.run("apply", "-o", "json").error
            assert why == f"  cannot be applied: {error['details'][0]}"
            assert (error["code"], "Region in pnats is Text" in error["details"][0]) == (
                "server-rejected",
                True,
            )
            assert "+ namespace fresh (retention 3d)" in planned(clean)
        finally:
            write_seeds(clean, "more.yaml", None)
            write_seeds(clean, "all.yaml", SEEDS)
            temporal(clean, "operator search-attribute remove -n pnats --name Region --yes")

    def test_whatever_a_schedule_says_can_be_said_otherwise(self, clean: Cli) -> None:
        """In one update, and taken back; a memo of its own stays as it was made."""
        write_seeds(clean, "all.yaml", SEEDS.replace(RICH, ""))
        try:
            for text in (OTHERWISE, BARELY):
                write_seeds(clean, "rich.yaml", text)
                lines = planned(clean)
                assert len(lines) > 10, lines
                assert {line.partition(": ")[0] for line in lines} == {"~ schedule orders.says everything/1"}
                result = clean.run("apply")
                assert (result.exit, result.out.splitlines()) == (0, lines), result
                assert planned(clean) == []
        finally:
            write_seeds(clean, "rich.yaml", None)
            write_seeds(clean, "all.yaml", SEEDS)
        result = clean.run("apply")
        assert (result.exit, "schedule_memo" in result.out) == (0, False), result

    def test_what_a_workflow_upserts_is_found_by_a_query(self, clean: Cli) -> None:
        """In the namespace that declares it."""
        for namespace, name in (("pnats-staging", "CustomerId"), ("pnats-staging", 'Order "x.y" @ Home')):
            identifier = upsert(clean.grpc, namespace, name, "customer-7")
            query = f"`{name}` = 'customer-7'"
            assert eventually(lambda: found_by(clean.grpc, namespace, query)) == [identifier]  # noqa: B023  at once

    def test_after_a_restart_of_the_server_everything_is_still_there(self, clean: Cli) -> None:
        """Its parts answer one after the other; `restart` waits for those that know of schedules, too."""
        answer = clean.answer("restart", "temporal")
        assert (answer["state"], answer["drift"]) == ("ready", [])

    def test_cron_lines_mean_what_the_server_makes_of_them(self, clean: Cli) -> None:
        """And what devenv refuses, the server refuses too."""
        observed, accepted = _in_thread(_server_view(clean.grpc, [*CRON_LINES, *NO_CRON_LINES]))
        assert accepted == list(CRON_LINES)
        for line in CRON_LINES:
            times, timezone = observed[line]
            read = parse_cron(line)
            assert (times, timezone) == ({read.times}, read.timezone or "UTC"), line
        for line in NO_CRON_LINES:
            with pytest.raises(ValueError, match="not a cron line"):
                parse_cron(line)


def _in_thread(work: Any) -> Any:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _server_view(address: str, lines: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Create a schedule of each line as any SDK would; return what the gateway sees, and the accepted."""
    client = await Client.connect(address, namespace="pnats-dev")
    observed: dict[str, Any] = {}
    accepted: list[str] = []
    for number, line in enumerate(lines):
        action = ScheduleActionStartWorkflow("W", id="w", task_queue="q")
        schedule = Schedule(
            action=action, spec=ScheduleSpec(cron_expressions=[line]), state=ScheduleState(paused=True)
        )
        try:
            handle = await client.create_schedule(f"cron-{number}", schedule)
        except RPCError:
            continue
        accepted.append(line)
        observed[line] = await asyncio.to_thread(_seen, address, handle.id)
        await handle.delete()
    return observed, accepted


def _seen(address: str, identifier: str) -> tuple[set[Any], str]:
    with ServerGateway(Connection(to(address))) as gateway:
        [schedule] = gateway.describe_schedules([("pnats-dev", identifier)]).values()
    return {*schedule.calendars, *schedule.intervals}, schedule.timezone
