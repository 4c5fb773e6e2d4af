"""Where the embedded engine keeps things in a stack's state directory, and how it writes them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StackFiles:
    """The files of one stack on the embedded engine; all are the user's own (0600)."""

    directory: Path

    @property
    def record(self) -> Path:
        """What runs or ran last, as `ServerRecord` writes it."""
        return self.directory / "embedded.json"

    @property
    def database(self) -> Path:
        """The server's SQLite database."""
        return self.directory / "embedded.db"

    @property
    def database_version(self) -> Path:
        """The version of the CLI that made the database."""
        return self.directory / "embedded.db.version"

    @property
    def log(self) -> Path:
        """What the server prints, of all launches since the last `remove`."""
        return self.directory / "logs" / "temporal.log"

    def prepare(self) -> None:
        """Make the directories, private ones."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)

    def remove_traces(self) -> None:
        """Delete everything but the database."""
        self.record.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)

    def remove_database(self) -> None:
        """Delete the database with what SQLite keeps beside it."""
        for path in self.directory.glob(f"{self.database.name}*"):
            path.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` for this user only; a reader sees the old or the new file, never half of one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
