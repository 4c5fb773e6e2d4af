"""The world outside, played by a SQLite file: replace each class by a client of the real thing.

What they refuse is decided by the data, so that every way an order can go can be tried.
"""

import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from .gateways import AlreadyUndone, Undeliverable
from .models import ReportRow

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


class ReportsStandIn:
    """Keeps reports in a table of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, report: str, number: int, row: ReportRow) -> None:
        self._store.write_row(report, number, row)

    def location(self, report: str) -> str:
        return f"{self._store.path.name}#{report}"
