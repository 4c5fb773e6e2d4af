"""Lines with the time of day, for whoever reads them later."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console


class StampedLines:
    """Prints lines from any thread, and knows how long none was printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()
        self._lock = Lock()

    def print(self, markup: str) -> None:
        """Print one line."""
        with self._lock:
            self._last = time.monotonic()
            stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            self._console.print(f"[faint]{stamp}[/] {markup}", soft_wrap=True)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self.print(f"[warn]warning:[/] {escape(message)}")

    def silent_for(self) -> float:
        """Return the seconds since the last line."""
        return time.monotonic() - self._last
