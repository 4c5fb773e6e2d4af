"""What goes into workflows and activities, and what comes out of them.

All of it is stored in histories as JSON: add fields with a default, and never rename or remove one.
What the halves exchange is in ../contract, and tested against it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """Some pieces of one product."""

    sku: str
    quantity: int
    price_cents: int


@dataclass(frozen=True)
class FulfillRequest:
    """Starts a FulfillOrder; ships an order, or calls it back."""

    order_id: str
    address: str
    items: list[Item]


@dataclass(frozen=True)
class FulfillResult:
    """What a FulfillOrder that succeeded returns."""

    shipment_id: str


@dataclass(frozen=True)
class ReportRequest:
    """What to report on."""

    source: str


@dataclass(frozen=True)
class ReportRow:
    """How many orders went to one address."""

    address: str
    orders: int


@dataclass(frozen=True)
class Report:
    """The rows to write, in their order."""

    name: str
    rows: list[ReportRow]


@dataclass(frozen=True)
class ReportResult:
    """How many rows were written, and where."""

    rows: int
    destination: str
