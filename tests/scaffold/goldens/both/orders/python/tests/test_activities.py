"""The activities one by one, without a server."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from orders.activities import FulfillmentActivities, ReportActivities
from orders.gateways import AlreadyUndone, Undeliverable, UnknownSource
from orders.models import FulfillRequest, Report, ReportRequest, ReportRow
from orders.stand_ins import CarrierStandIn, ReportsStandIn, Store

ORDER = FulfillRequest("7", "1 Main Street", [])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite3")


@pytest.fixture
def fulfillment(store: Store) -> FulfillmentActivities:
    return FulfillmentActivities(CarrierStandIn(store))


@pytest.fixture
def reports(store: Store) -> ReportActivities:
    return ReportActivities(CarrierStandIn(store), ReportsStandIn(store))


def test_a_repeated_shipment_ships_once(fulfillment: FulfillmentActivities, store: Store) -> None:
    """The same order gives the same shipment."""
    environment = ActivityEnvironment()
    first, again = (environment.run(fulfillment.ship_order, ORDER) for _ in range(2))
    assert first == again
    assert store.subjects("shipment") == ["1 Main Street"]


def test_what_was_called_back_is_never_shipped(fulfillment: FulfillmentActivities, store: Store) -> None:
    """A compensation is registered before its step, which may be on its way for a long time."""
    ActivityEnvironment().run(fulfillment.cancel_shipment, ORDER)
    with pytest.raises(AlreadyUndone):
        ActivityEnvironment().run(fulfillment.ship_order, ORDER)
    assert store.subjects("shipment") == []


def test_a_refusal_has_its_class_as_type(fulfillment: FulfillmentActivities) -> None:
    """The other half knows it by that name."""
    with pytest.raises(Undeliverable) as refusal:
        ActivityEnvironment().run(fulfillment.ship_order, dataclasses.replace(ORDER, address="nowhere"))
    assert refusal.value.type == "Undeliverable"
    assert refusal.value.non_retryable


def test_there_is_one_source(reports: ReportActivities) -> None:
    """Another is refused for good."""
    with pytest.raises(UnknownSource):
        ActivityEnvironment().run(reports.extract_orders, ReportRequest("parrots"))


def test_a_report_is_continued_where_it_stopped(reports: ReportActivities) -> None:
    """Rows that an earlier attempt wrote are not written again."""
    report = Report("r", [ReportRow(address, 1) for address in ("East", "North", "South")])
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, heartbeat_details=[2])
    environment.on_heartbeat = lambda *details: beats.append(details)
    assert environment.run(reports.load_report, report).rows == 3
    assert beats == [(3,)]
