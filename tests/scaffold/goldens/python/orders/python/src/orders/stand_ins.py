"""The world outside, played by a SQLite file: replace each class by a client of the real thing.

What they refuse is decided by the data, so that every way an order can go can be tried.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from .gateways import AlreadyUndone, OutOfStock, PaymentDeclined, Undeliverable, Unreachable
from .models import Item, ReportRow

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
  key TEXT PRIMARY KEY, operation TEXT NOT NULL, subject TEXT NOT NULL, reference TEXT NOT NULL,
  requests INTEGER NOT NULL DEFAULT 1, undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS report_rows (
  report TEXT, number INTEGER, address TEXT, orders INTEGER, PRIMARY KEY (report, number)
);
"""


class Store:
    """What has been done, once for each idempotency key; it survives the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._connect()) as database:
            database.executescript(SCHEMA)

    def do(self, key: str, operation: str, subject: str) -> str:
        """Do `operation` unless it was done under `key`; return the reference of what was done."""
        reference = f"{operation}-{uuid.uuid4().hex[:12]}"
        with closing(self._connect()) as database, database:
            reference, is_undone = database.execute(
                "INSERT INTO effects (key, operation, subject, reference) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET requests = requests + 1 RETURNING reference, undone",
                (key, operation, subject, reference),
            ).fetchone()
        if is_undone:
            raise AlreadyUndone(f"{operation} {key} was undone")
        return str(reference)

    def undo(self, key: str, operation: str) -> None:
        """Undo what was done under `key`; what was not done yet never will be."""
        with closing(self._connect()) as database, database:
            database.execute(
                "INSERT INTO effects (key, operation, subject, reference, requests, undone) "
                "VALUES (?, ?, '', '', 0, 1) ON CONFLICT (key) DO UPDATE SET undone = 1",
                (key, operation),
            )

    def subjects(self, operation: str) -> list[str]:
        """Return what was done and not undone."""
        query = "SELECT subject FROM effects WHERE operation = ? AND NOT undone ORDER BY key"
        with closing(self._connect()) as database:
            return [str(row[0]) for row in database.execute(query, (operation,))]

    def write_row(self, report: str, number: int, row: ReportRow) -> None:
        """Write one row of a report."""
        with closing(self._connect()) as database, database:
            database.execute(
                "INSERT OR REPLACE INTO report_rows VALUES (?, ?, ?, ?)",
                (report, number, row.address, row.orders),
            )

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)


class PaymentsStandIn:
    """Declines customers whose id begins with `declined`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def charge(self, customer_id: str, amount_cents: int, key: str) -> str:
        if customer_id.startswith("declined"):
            raise PaymentDeclined(f"{customer_id} cannot pay {amount_cents / 100:.2f}")
        return self._store.do(key, "payment", customer_id)

    def refund(self, key: str) -> None:
        self._store.undo(key, "payment")


class InventoryStandIn:
    """Has everything but what begins with `out-of-stock`; each piece of `slow` things takes a second."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, items: list[Item], key: str, on_progress: Callable[[], None]) -> str:
        for item in items:
            if item.sku.startswith("out-of-stock"):
                raise OutOfStock(f"there is no {item.sku}")
        reservation = self._store.do(key, "reservation", ", ".join(item.sku for item in items))
        for item in items:
            for _ in range(item.quantity):
                on_progress()
                if item.sku.startswith("slow"):
                    time.sleep(1)
        return reservation

    def release(self, key: str) -> None:
        self._store.undo(key, "reservation")


class CarrierStandIn:
    """Delivers everywhere but to addresses that begin with `nowhere`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ship(self, order_id: str, address: str, key: str) -> str:
        if address.startswith("nowhere"):
            raise Undeliverable(f"nobody delivers the order {order_id} to {address}")
        return self._store.do(key, "shipment", address)

    def cancel(self, key: str) -> None:
        self._store.undo(key, "shipment")

    def shipped_to(self) -> Iterable[str]:
        return self._store.subjects("shipment")


class MailerStandIn:
    """Reaches every customer but those whose id begins with `no-mail`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def confirm(self, customer_id: str, order_id: str, key: str) -> None:
        if customer_id.startswith("no-mail"):
            raise Unreachable(f"{customer_id} takes no mail about the order {order_id}")
        self._store.do(key, "mail", customer_id)


class ReportsStandIn:
    """Keeps reports in a table of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, report: str, number: int, row: ReportRow) -> None:
        self._store.write_row(report, number, row)

    def location(self, report: str) -> str:
        return f"{self._store.path.name}#{report}"
