"""The activities one by one, without a server."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from orders.activities import OrderActivities, ReportActivities
from orders.gateways import (
    AlreadyUndone,
    InvalidOrder,
    OutOfStock,
    PaymentDeclined,
)
from orders.models import (
    Item,
    OrderRequest,
    PaymentRequest,
    Report,
    ReportRow,
    ReservationRequest,
)
from orders.stand_ins import (
    CarrierStandIn,
    InventoryStandIn,
    MailerStandIn,
    PaymentsStandIn,
    ReportsStandIn,
    Store,
)

LAMPS = [Item("lamp", 3, 2100)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite3")


@pytest.fixture
def orders(store: Store) -> OrderActivities:
    return OrderActivities(PaymentsStandIn(store), InventoryStandIn(store), MailerStandIn(store))


@pytest.mark.parametrize("items", [[], [Item("lamp", 0, 1)], [Item("lamp", 1, -1)]])
def test_an_order_that_makes_no_sense_is_refused(orders: OrderActivities, items: list[Item]) -> None:
    """For good: nobody tries again."""
    with pytest.raises(InvalidOrder) as refusal:
        ActivityEnvironment().run(orders.validate_order, OrderRequest("1", "ada", items, "here"))
    assert refusal.value.non_retryable


def test_a_repeated_payment_charges_once(orders: OrderActivities, store: Store) -> None:
    """The same key gives the same payment; another key is another payment."""
    environment = ActivityEnvironment()
    first, again, other = (
        environment.run(orders.process_payment, PaymentRequest(key, "ada", 4200)) for key in ("a", "a", "b")
    )
    assert first == again != other
    assert store.subjects("payment") == ["ada", "ada"]


def test_what_was_refunded_is_never_charged(orders: OrderActivities, store: Store) -> None:
    """A compensation is registered before its step, which may be on its way for a long time."""
    payment = PaymentRequest("a", "ada", 4200)
    ActivityEnvironment().run(orders.refund_payment, payment)
    with pytest.raises(AlreadyUndone):
        ActivityEnvironment().run(orders.process_payment, payment)
    assert store.subjects("payment") == []


def test_a_refusal_has_its_class_as_type(orders: OrderActivities) -> None:
    """Callers in other languages know it by that name."""
    with pytest.raises(PaymentDeclined) as refusal:
        ActivityEnvironment().run(orders.process_payment, PaymentRequest("a", "declined", 1))
    assert refusal.value.type == "PaymentDeclined"


def test_a_reservation_is_all_or_nothing(orders: OrderActivities, store: Store) -> None:
    """One product that is missing leaves the others where they are."""
    items = [*LAMPS, Item("out-of-stock", 1, 1)]
    with pytest.raises(OutOfStock):
        ActivityEnvironment().run(orders.reserve_inventory, ReservationRequest("a", items))
    assert store.subjects("reservation") == []


def test_a_reservation_heartbeats(orders: OrderActivities) -> None:
    """Once for each piece."""
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    environment.run(orders.reserve_inventory, ReservationRequest("a", LAMPS))
    assert len(beats) == 3


def test_a_report_is_continued_where_it_stopped(store: Store) -> None:
    """Rows that an earlier attempt wrote are not written again."""
    reports = ReportActivities(CarrierStandIn(store), ReportsStandIn(store))
    report = Report("r", [ReportRow(address, 1) for address in ("East", "North", "South")])
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, heartbeat_details=[2])
    environment.on_heartbeat = lambda *details: beats.append(details)
    assert environment.run(reports.load_report, report).rows == 3
    assert beats == [(3,)]
