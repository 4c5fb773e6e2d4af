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
    COMPENSATED = "compensated"


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
class Payment:
    """What to charge; the same key never charges twice."""

    customer_id: str
    amount_cents: int
    idempotency_key: str


@dataclass(frozen=True)
class Reservation:
    """What to set aside."""

    items: list[Item]
    idempotency_key: str


@dataclass(frozen=True)
class Shipment:
    """What the child workflow and its activity send; `idempotency_key` is the order's."""

    order_id: str
    address: str
    idempotency_key: str


@dataclass(frozen=True)
class Fulfillment:
    """What the child workflow has sent."""

    shipment_id: str


@dataclass(frozen=True)
class Confirmation:
    """What to tell the customer."""

    order_id: str
    customer_id: str
    idempotency_key: str


@dataclass(frozen=True)
class Undo:
    """Which step to undo: the key it was, or was to be, done under."""

    idempotency_key: str


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
