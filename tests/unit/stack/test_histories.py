"""Which histories are kept, and what is said of the others."""

from __future__ import annotations

import pytest
from fakes.gateway import FakeGateway

from devenv.stack.histories import HistoryFiles, Limits, Wanted, path_below_namespace
from devenv.temporal.protocol import History, WorkflowRun

ALL = Limits(history_bytes=1000, total_bytes=1000)
OPEN = Wanted("still open", "CloseTime IS NULL", 4)


def history(
    namespace: str, number: int, *, json: str = "{}", failure: str = "", problem: str = ""
) -> History:
    run = WorkflowRun(namespace, f"order-{number}", f"run-{namespace}-{number}", "Order")
    return History(run, json, failure, problem)


@pytest.fixture
def written() -> dict[str, bytes]:
    return {}


def save(gateway: FakeGateway, written: dict[str, bytes], limits: Limits = ALL) -> HistoryFiles:
    files = HistoryFiles(written.__setitem__, limits)
    files.save(gateway, ["orders", "payments"], OPEN)
    return files


def test_each_history_is_a_file(written: dict[str, bytes]) -> None:
    """Below its namespace."""
    gateway = FakeGateway(histories=[history("orders", 1, failure="no"), history("payments", 2)])
    files = save(gateway, written)
    assert written == {
        "histories/orders/order-1-run-orders-1.json": b"{}",
        "histories/payments/order-2-run-payments-2.json": b"{}",
    }
    assert [(each.failure, each.bytes) for each in files.saved] == [("no", 2), ("", 2)]
    assert files.left_out == []


def test_namespaces_share_the_limit(written: dict[str, bytes]) -> None:
    """One that has few leaves the rest to the other; how many there are is said."""
    gateway = FakeGateway(
        histories=[history("payments", 1), *(history("orders", number) for number in range(9))]
    )
    files = save(gateway, written)
    assert [each.run.namespace for each in files.saved] == ["payments", "orders", "orders", "orders"]
    assert files.left_out == ["namespace orders: 9 workflows still open, of which the newest 3 are looked at"]


def test_files_together_have_a_limit(written: dict[str, bytes]) -> None:
    """What does not fit is told of with its workflow; a smaller one may still fit."""
    gateway = FakeGateway(
        histories=[
            history("orders", 1, json="x" * 8),
            history("orders", 2, json="x" * 8),
            history("orders", 3, json="xx"),
        ]
    )
    files = save(gateway, written, Limits(history_bytes=10, total_bytes=10))
    assert len(written) == 2
    assert [each.problem for each in files.saved] == [
        "",
        "with it there were more than 10 bytes of histories",
        "",
    ]


def test_who_asks_decides_by_the_history(written: dict[str, bytes]) -> None:
    """Visibility is late; one that could not be read is told of in any case."""
    gateway = FakeGateway(
        histories=[history("orders", 1), history("orders", 2, json="", problem="it is too large")]
    )
    files = HistoryFiles(written.__setitem__, ALL, is_wanted=lambda _: False)
    files.save(gateway, ["orders"], OPEN)
    assert [each.problem for each in files.saved] == ["it is too large"]
    assert written == {}


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        ("../../etc/passwd", "_.-..-etc-passwd"),
        ("größe 1/2:3|4", "gr-e-1-2-3-4"),
        ("-rf", "_rf"),
        ("/orders/1", "_orders-1"),
        ("x" * 500, "x" * 80),
        ("", ""),
    ],
)
def test_any_name_of_a_workflow_makes_a_name_of_a_file(workflow: str, name: str) -> None:
    """It stays below `histories`, and an archive of GitHub takes it."""
    assert path_below_namespace(WorkflowRun("..", workflow, "r")) == f"histories/_./{name}-r.json"
