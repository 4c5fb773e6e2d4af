"""The suite of declared state: the same tests against the embedded engine and the stack on Docker.

`tests/integration` and `tests/e2e` each make a class of it, with a `project` that is up on their engine.
"""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.polling import eventually
from e2e.workflows import connect, found_by, upsert
from suites.declarations import (
    BARELY,
    CRON_LINES,
    DRIFT,
    LIMIT,
    NO_CRON_LINES,
    OTHERWISE,
    PLANNED,
    RICH,
    SEEDS,
)
from temporalio.client import (
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
from devenv.temporal.protocol import TlsFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from e2e.command_line import Cli
    from temporalio.service import ConnectConfig


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
    words = shlex.split(command)
    if "TEMPORAL_API_KEY" in project.client:  # only devenv may do everything
        result = project.run("temporal", *words)
        assert result.exit == 0, result
        return
    binary = str(temporal_cli.find(None))
    done = subprocess.run(
        [binary, *words, "--address", project.grpc, *temporal_cli.IGNORING_CONFIGURATION],
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
            identifier = upsert(clean.client, namespace, name, "customer-7")
            query = f"`{name}` = 'customer-7'"
            assert eventually(lambda: found_by(clean.client, namespace, query)) == [identifier]  # noqa: B023  at once

    def test_after_a_restart_of_the_server_everything_is_still_there(self, clean: Cli) -> None:
        """Its parts answer one after the other; `restart` waits for those that know of schedules, too."""
        answer = clean.answer("restart", "temporal")
        assert (answer["state"], answer["drift"]) == ("ready", [])

    def test_cron_lines_mean_what_the_server_makes_of_them(self, clean: Cli) -> None:
        """And what devenv refuses, the server refuses too."""
        observed, accepted = _in_thread(_server_view(clean.client, [*CRON_LINES, *NO_CRON_LINES]))
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


async def _server_view(server: Mapping[str, str], lines: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Create a schedule of each line as any SDK would; return what the gateway sees, and the accepted."""
    client = await connect(server, "pnats-dev")
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
        observed[line] = await asyncio.to_thread(_seen, server, handle.id)
        await handle.delete()
    return observed, accepted


def _seen(server: Mapping[str, str], identifier: str) -> tuple[set[Any], str]:
    with ServerGateway(Connection(_config(server))) as gateway:
        [schedule] = gateway.describe_schedules([("pnats-dev", identifier)]).values()
    return {*schedule.calendars, *schedule.intervals}, schedule.timezone


def _config(server: Mapping[str, str]) -> ConnectConfig:
    """Return how the gateway gets in, by what `devenv env` prints."""
    authority, certificate, key = (
        Path(server[name]) if (name := f"TEMPORAL_TLS_{file}_PATH") in server else None
        for file in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY")
    )
    tls = TlsFiles(authority, certificate, key) if authority else None
    return to(server["TEMPORAL_ADDRESS"], tls, server.get("TEMPORAL_API_KEY"))
