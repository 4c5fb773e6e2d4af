"""Every alert of the add-on `observability` fires and clears on the real stack, by `just alerts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.observing import (
    asked_while_opensearch_hangs,
    check_fires_and_clears,
    connections_taken,
    disk_filled,
    ended,
    hanging,
    hurried_alerts,
    nobody_working,
    rules,
    shipped_alerts,
    workflow_tasks_failing,
    working,
    working_while_postgres_hangs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.observing import Trouble
    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

# A disk that can be filled; VictoriaMetrics takes nothing any more with less than 100 MB free.
FILES = {
    "devenv.toml": """\
timeout = "5m"
[addons]
observability = true
[compose]
overlays = ["compose/small-disk.yaml"]
""",
    "compose/small-disk.yaml": """\
volumes:
  metrics-data: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: "size=2560m"}}
""",
}

# The trouble, what fires while it lasts, and what when it is over: an answer is slow when it has come.
TROUBLES: dict[str, tuple[Trouble, set[str], set[str]]] = {
    "the server hangs": (hanging("temporal"), {"TemporalServerDown"}, set()),
    "Postgres hangs": (working_while_postgres_hangs, {"PostgresDown", "PersistenceLatency"}, set()),
    "Postgres has ended": (
        ended("postgres"),
        {"PostgresDown", "PersistenceErrors"},
        set(),
    ),
    "Postgres has no connections left": (connections_taken, {"PostgresConnections"}, set()),
    "OpenSearch hangs": (
        asked_while_opensearch_hangs,
        {
            "OpenSearchDown",
            "VisibilityErrors",
            "TemporalFrontendAvailability",
            "TemporalFrontendLatency",
        },
        {"VisibilityLag"},
    ),
    "the disk is full": (disk_filled, {"DiskAlmostFull"}, set()),
    "workflows fail": (working, {"WorkflowsFail"}, set()),
    "nobody works": (nobody_working, {"TaskQueueBacklog"}, set()),
    # The last: a task of it waits for a worker from then on.
    "workflow tasks fail": (workflow_tasks_failing, {"WorkflowTasksFail"}, set()),
}


@pytest.fixture(scope="module")
def observed(module_yard: Yard) -> Stack:
    """Return a stack with the add-on, which all tests share: each leaves it as it was."""
    stack = module_yard.project("alarmed", FILES)
    assert stack.cli.run("images", "build", "--keep-cache", "-o", "json").exit == 0
    assert stack.cli.run("trust", "--yes").exit == 0
    stack.up()
    return stack


@pytest.fixture(scope="module")
def alerts(observed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a vmalert that has the same rules, with shorter durations."""
    with hurried_alerts(observed, tmp_path_factory.mktemp("rules")) as address:
        yield address


@pytest.mark.parametrize("trouble", TROUBLES)
def test_alerts_fire_in_trouble_and_clear_after_it(observed: Stack, alerts: str, trouble: str) -> None:
    """What is done about it is to end the trouble."""
    check_fires_and_clears(observed, alerts, *TROUBLES[trouble])


def test_no_rule_is_left_out(observed: Stack, alerts: str) -> None:
    """And but for durations the rules are those that are shipped."""
    assert set().union(*(now | later for _, now, later in TROUBLES.values())) == set(rules(alerts))
    shipped = rules(shipped_alerts(observed))
    for name, rule in rules(alerts).items():
        assert (rule["labels"], rule["annotations"]) == (
            shipped[name]["labels"],
            shipped[name]["annotations"],
        )
        assert rule["duration"] == pytest.approx(shipped[name]["duration"] / 4)
