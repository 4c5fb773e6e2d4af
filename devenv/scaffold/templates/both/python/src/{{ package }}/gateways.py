"""The world outside, as the activities see it. `stand_ins` plays it until the real clients are written.

Whatever changes something takes an idempotency key: Temporal repeats an activity whose answer got lost.
"""

from collections.abc import Iterable
from typing import Protocol

from temporalio.exceptions import ApplicationError

from .models import ReportRow


class Refusal(ApplicationError):
    """An answer that stays the same however often one asks; its class is the type of the failure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, type=type(self).__name__, non_retryable=True)


class Undeliverable(Refusal):
    """Nobody delivers to that address."""


class AlreadyUndone(Refusal):
    """It was undone before it was done: it comes too late."""


class UnknownSource(Refusal):
    """There is nothing of that name to report on."""


class Carrier(Protocol):
    """Delivers."""

    def ship(self, order_id: str, address: str, key: str) -> str:
        """Ship once for each key; return the shipment's id."""

    def cancel(self, key: str) -> None:
        """Call back what was shipped under `key`, which may be nothing."""

    def shipped_to(self) -> Iterable[str]:
        """Return the address of each shipment."""


class Reports(Protocol):
    """Keeps reports."""

    def write(self, report: str, number: int, row: ReportRow) -> None:
        """Write row `number` of a report; a second time replaces it."""

    def location(self, report: str) -> str:
        """Return where the report can be read."""
