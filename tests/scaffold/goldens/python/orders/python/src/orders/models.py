"""What goes into workflows and activities, and what comes out of them.

All of it is stored in histories as JSON: add fields with a default, and never rename or remove one.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has come."""

    RECEIVED = "received"
    VALIDATED = "validated"
    PAID = "paid"
    RESERVED = "reserved"
    FULFILLED = "fulfilled"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    """It failed before anything was done."""
    COMPENSATED = "compensated"
    """It failed, and everything was undone."""
    COMPENSATION_FAILED = "compensation_failed"
    """It failed, and somebody has to see what was not undone."""


@dataclass(frozen=True)
class Item:
    """Some pieces of one product."""

    sku: str
    quantity: int
    price_cents: int


@dataclass(frozen=True)
class OrderRequest:
    """What a customer wants, and where."""

    order_id: str
    customer_id: str
    items: list[Item]
    address: str

    @property
    def amount_cents(self) -> int:
        """What it costs."""
        return sum(item.quantity * item.price_cents for item in self.items)


@dataclass(frozen=True)
class OrderResult:
    """How an order ended."""

    order_id: str
    status: OrderStatus
    payment_id: str
    reservation_id: str
    shipment_id: str


@dataclass
class OrderState:
    """How an order is now."""

    order_id: str
    address: str
    status: OrderStatus = OrderStatus.RECEIVED
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PaymentRequest:
    """Charges a customer, or refunds what was charged under the same key."""

    key: str
    customer_id: str
    amount_cents: int


@dataclass(frozen=True)
class ReservationRequest:
    """Reserves items, or releases what was reserved under the same key."""

    key: str
    items: list[Item]


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
class Confirmation:
    """Tells a customer that the order is on its way."""

    key: str
    customer_id: str
    order_id: str


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
