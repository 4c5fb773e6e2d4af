"""Rate limits of task queues: what may be declared, what is planned, and what an import finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fakes.gateway import FakeGateway
from fakes.observed import having

from devenv.cli.views.declared_state import changes_document
from devenv.errors import SeedsInvalidError
from devenv.seeds.changes import change_line
from devenv.seeds.importer import ImportResult, ImportSource, import_seeds
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.task_queue import TASK_QUEUES, TaskQueueSpec
from devenv.seeds.load import load_seeds, parse_seeds
from devenv.seeds.plan import observe, observe_all, plan, requests_for
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Observed
from devenv.temporal.protocol import Action, Cluster, Namespace, NexusEndpoint, TaskQueue, Write
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from pathlib import Path


QUEUE: dict[str, Any] = {"name": "q", "namespace": "orders", "rate_limit": 50, "fairness_key_rate_limit": 2.5}
DECLARED: dict[str, Any] = {"namespaces": [{"name": "orders"}], "task_queues": [QUEUE]}
LIMITED = TaskQueue("orders", "q", 50, 2.5)


def server(*queues: TaskQueue) -> Observed:
    return having([Namespace("orders")], task_queues=queues)


def lines(declared: dict[str, Any], observed: Observed, *, prune: bool = False) -> list[str]:
    return [change_line(change) for change in plan(parse_seeds(declared), observed, prune=prune)]


def test_limits_that_a_queue_lacks_are_set() -> None:
    """A queue is always there; its limits are what is declared."""
    assert lines(DECLARED, server()) == [
        "~ task queue orders.q: rate_limit none → 50",
        "~ task queue orders.q: fairness_key_rate_limit none → 2.5",
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_limits_as_declared_are_left(*, prune: bool) -> None:
    assert lines(DECLARED, server(LIMITED), prune=prune) == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (TaskQueue("orders", "q", 7, 2.5), "rate_limit 7 → 50"),
        (TaskQueue("orders", "q", 0, 2.5), "rate_limit 0 → 50"),
        (TaskQueue("orders", "q", None, 2.5), "rate_limit none → 50"),
        (TaskQueue("orders", "q", 50, 0.5), "fairness_key_rate_limit 0.5 → 2.5"),
    ],
)
def test_another_limit_is_drift(found: TaskQueue, line: str) -> None:
    """A limit of 0 stops the queue, which is not the same as no limit."""
    assert lines(DECLARED, server(found)) == [f"~ task queue orders.q: {line}"]


def test_a_limit_that_is_not_declared_is_unset() -> None:
    """The whole of the limits is declared."""
    bare = DECLARED | {"task_queues": [{"name": "q", "namespace": "orders", "rate_limit": 50}]}
    [change] = plan(parse_seeds(bare), server(LIMITED))
    assert change_line(change) == "~ task queue orders.q: fairness_key_rate_limit 2.5 → none"
    [request] = requests_for([change], Cluster())
    assert request.write == Write(Action.UPDATE, TaskQueue("orders", "q", 50))


def test_a_server_keeps_fewer_digits_than_a_file() -> None:
    """Its numbers have 32 bits."""
    tenth = DECLARED | {"task_queues": [{"name": "q", "namespace": "orders", "rate_limit": 0.1}]}
    assert lines(tenth, server(TaskQueue("orders", "q", 0.10000000149011612))) == []
    assert lines(tenth, server(TaskQueue("orders", "q", 0.11))) == [
        "~ task queue orders.q: rate_limit 0.11 → 0.1"
    ]


def test_both_limits_are_one_request_and_a_document_each() -> None:
    changes = plan(parse_seeds(DECLARED), server())
    [request] = requests_for(changes, Cluster())
    assert (request.write, len(request.changes)) == (Write(Action.UPDATE, LIMITED), 2)
    assert changes_document(changes)[0] == {
        "action": "update",
        "kind": "task_queue",
        "name": "q",
        "namespace": "orders",
        "before": "rate_limit none",
        "after": "rate_limit 50",
        "reason": "rate_limit differs",
    }


def test_pruning_unsets_limits_that_nobody_declares() -> None:
    """Before the namespace may go."""
    [change] = plan(parse_seeds({"namespaces": [{"name": "orders"}]}), server(LIMITED), prune=True)
    assert change_line(change) == "- task queue orders.q"
    [request] = requests_for([change], Cluster())
    assert request.write == Write(Action.DELETE, TaskQueue("orders", "q"))


SCHEDULE = {"id": "s", "namespace": "orders", "workflow": "W", "task_queue": "nightly", "interval": "1h"}
ENDPOINT = {"name": "pay", "target": {"namespace": "orders", "task_queue": "payments"}}


def test_pruning_asks_about_the_queues_that_schedules_and_endpoints_name() -> None:
    """The server cannot list task queues."""
    gateway = FakeGateway()
    gateway.registered["orders"] = Namespace("orders")
    for name in ("q", "nightly", "payments", "unknown"):
        gateway.queues["orders", name] = TaskQueue("orders", name, 1)
    seeds = parse_seeds(DECLARED | {"schedules": [SCHEDULE], "nexus_endpoints": [ENDPOINT]})
    found = [observe(gateway, seeds, {TASK_QUEUES}, prune=prune).of(TASK_QUEUES) for prune in (False, True)]
    assert [{key.name for key in queues} for queues in found] == [{"q"}, {"q", "nightly", "payments"}]


def imported(observed: Observed, declared: Any = None) -> ImportResult:
    shipped = parse_seeds({"namespaces": [{"name": "default"}]})
    return import_seeds(
        ImportSource(observed, observed.namespaces, parse_seeds(declared or {}), shipped), KINDS
    )


def test_an_imported_queue_needs_no_change() -> None:
    """With the digits that a person would write."""
    found = server(TaskQueue("orders", "q", 0.10000000149011612), TaskQueue("orders", "r", None, 3))
    result = imported(found)
    assert result.data["task_queues"] == [
        {"name": "q", "namespace": "orders", "rate_limit": 0.1},
        {"name": "r", "namespace": "orders", "fairness_key_rate_limit": 3},
    ]
    assert plan(parse_seeds(result.data), found, prune=True) == []


def test_a_queue_that_is_declared_or_left_out_with_its_namespace_is_not_imported() -> None:
    """As everything else."""
    assert "task_queues" not in imported(server(LIMITED), DECLARED).data
    hot = having([Namespace("h t")], task_queues=[TaskQueue("h t", "q", 1)])
    assert [each.key for each in imported(hot).skipped] == [Key(None, "h t"), Key("h t", "q")]


def test_an_import_asks_about_the_queues_that_the_servers_schedules_and_endpoints_name() -> None:
    """Nothing is declared then."""
    gateway = FakeGateway()
    gateway.registered["orders"] = Namespace("orders")
    gateway.nexus = {
        "pay": NexusEndpoint("pay", "orders", "payments"),
        "url": NexusEndpoint("url", url="x://y"),
    }
    gateway.schedules["orders", "s"] = Schedule("orders", "s", "W", "w", "nightly")
    for name in ("nightly", "payments", "unknown"):
        gateway.queues["orders", name] = TaskQueue("orders", name, 1)
    found = observe_all(gateway, Observed(gateway.namespaces()), ["orders"])
    assert {key.name for key in found.of(TASK_QUEUES)} == {"nightly", "payments"}


@pytest.mark.parametrize(
    ("queue", "why"),
    [
        ("rate_limit: -1", ":3:34: expected a number of at least 0, found the number -1"),
        ("fairness_key_rate_limit: -0.5", ":3:34: expected a number of at least 0, found the number -0.5"),
        ("rate_limit: .inf", ":3:34: input should be a finite number"),
        ("rate_limit: 1e39", ":3:34: input should be less than or equal to"),
        ('rate_limit: "5"', ":3:34: expected a number, found text"),
        ("rate_limit: true", ":3:34: expected a number, found true"),
        ("ratelimit: 5", ':3:34: unknown field "ratelimit"; did you mean "rate_limit"?'),
        ("queue_rps_limit: 5", ':3:34: unknown field "queue_rps_limit"; in seeds it is rate_limit'),
        ("type: workflow", ":3:34: seeds do not support type yet"),
    ],
)
def test_what_is_no_rate_limit_is_an_error_at_its_place(tmp_path: Path, queue: str, why: str) -> None:
    """With what is expected."""
    text = f"namespaces: [name: orders]\ntask_queues:\n  - {{name: q, namespace: orders, {queue}}}\n"
    assert why in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("queues", "why"),
    [
        (
            "[{name: q, namespace: ordrs, fairness_key_rate_limit: 1}]",
            ':2:25: the task queue "q" of "ordrs" needs the namespace "ordrs", which no seed declares',
        ),
        (
            "[{name: q, namespace: orders}, {name: q, namespace: orders, rate_limit: 1}]",
            ':2:46: the task queue "q" of "orders" is declared already at ',
        ),
        ("[{name: /_sys/q/1, namespace: orders}]", 'the name "/_sys/q/1" begins with /_sys/'),
        ("[{name: q}]", 'missing field "namespace"'),
    ],
)
def test_what_a_queue_cannot_be_is_an_error_at_its_place(tmp_path: Path, queues: str, why: str) -> None:
    """Before anything is asked of a server."""
    assert why in refused(tmp_path, f"namespaces: [name: orders]\ntask_queues: {queues}\n")


def test_a_limit_may_be_a_whole_number_or_none() -> None:
    [spec] = parse_seeds({"task_queues": [{"name": "a b/c", "namespace": "o", "rate_limit": 5}]}).of(
        TaskQueueSpec
    )
    assert (spec.rate_limit, spec.fairness_key_rate_limit) == (5.0, None)


def refused(directory: Path, text: str) -> str:
    (directory / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SeedsInvalidError) as caught:
        load_seeds([directory])
    return caught.value.message
