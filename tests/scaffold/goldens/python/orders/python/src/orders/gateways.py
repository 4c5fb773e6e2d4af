"""The world outside, as the activities see it. `stand_ins` plays it until the real clients are written.

Whatever changes something takes an idempotency key: Temporal repeats an activity whose answer got lost.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from temporalio.exceptions import ApplicationError

from .models import Item, ReportRow


class Refusal(ApplicationError):
    """An answer that stays the same however often one asks; its class is the type of the failure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, type=type(self).__name__, non_retryable=True)


class InvalidOrder(Refusal):
    """The order makes no sense."""


class PaymentDeclined(Refusal):
    """The customer cannot pay."""


class OutOfStock(Refusal):
    """There are not enough pieces."""


class Undeliverable(Refusal):
    """Nobody delivers to that address."""


class AlreadyUndone(Refusal):
    """It was undone before it was done: it comes too late."""


class UnknownSource(Refusal):
    """There is nothing of that name to report on."""


class Unreachable(Refusal):
    """The customer takes no mail."""


class Payments(Protocol):
    """Charges customers."""

    def charge(self, customer_id: str, amount_cents: int, key: str) -> str:
        """Charge once for each key; return the payment's id."""

    def refund(self, key: str) -> None:
        """Give back what was charged under `key`, which may be nothing."""


class Inventory(Protocol):
    """Sets goods aside."""

    def reserve(self, items: list[Item], key: str, on_progress: Callable[[], None]) -> str:
        """Reserve once for each key, calling `on_progress` now and then; return the reservation's id."""

    def release(self, key: str) -> None:
        """Give back what was reserved under `key`, which may be nothing."""


class Carrier(Protocol):
    """Delivers."""

    def ship(self, order_id: str, address: str, key: str) -> str:
        """Ship once for each key; return the shipment's id."""

    def cancel(self, key: str) -> None:
        """Call back what was shipped under `key`, which may be nothing."""

    def shipped_to(self) -> Iterable[str]:
        """Return the address of each shipment."""


class Mailer(Protocol):
    """Writes to customers."""

    def confirm(self, customer_id: str, order_id: str, key: str) -> None:
        """Write once for each key."""


class Reports(Protocol):
    """Keeps reports."""

    def write(self, report: str, number: int, row: ReportRow) -> None:
        """Write row `number` of a report; a second time replaces it."""

    def location(self, report: str) -> str:
        """Return where the report can be read."""
