"""Whether a CLI may open a database: it never migrates one that another version made, and mends none."""

from __future__ import annotations

import re
import shlex
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from devenv.errors import DataDamagedError, TemporalBinaryError
from devenv.files.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.engines.embedded.record import StackFiles

_VERSION = re.compile(r"[\w.+-]{1,40}")
# A database of gigabytes is not read to its end.
_PATIENCE_S = 2.0
_STEPS_BETWEEN_LOOKS = 10_000
_MOST_PROBLEMS = 5
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# The primary code of an extended one is its last byte.
_PRIMARY_CODE = 0xFF


def claim(files: StackFiles, version: str) -> None:
    """Return if `version` may open the stack's database, and note it for one that is yet to be made.

    Raises:
        TemporalBinaryError: Another version made it, or nobody knows which.
        DataDamagedError: It is no database any more, or a part of it is damaged.
    """
    if not files.database.exists():
        write_atomically(files.database_version, f"{version}\n".encode(), 0o600)
        return
    _check_sound(files)
    maker = made_by(files)
    if maker is None:
        raise TemporalBinaryError(
            "Nothing says which version of the Temporal CLI made the stack's data, "
            "and there is no migration between versions",
            details=[f"data: {files.database}", f"the version belongs into {files.database_version}"],
            hint=f"if it was this one: `echo {version} > {shlex.quote(str(files.database_version))}`; "
            "else delete the data with `devenv down --volumes`",
        )
    if maker != version:
        raise TemporalBinaryError(
            f"The stack's data was made by Temporal CLI {maker}, this one is {version}, "
            "and there is no migration between them",
            details=[f"data: {files.database}"],
            hint="delete the data with `devenv down --volumes`, or name the old CLI with "
            "TEMPORAL_DEVENV_TEMPORAL_BIN",
        )


def made_by(files: StackFiles) -> str | None:
    """Return the version of the CLI that made the database, None where that is not noted."""
    try:
        noted = files.database_version.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return noted if _VERSION.fullmatch(noted) else None


def _check_sound(files: StackFiles) -> None:
    """Return if SQLite finds nothing wrong with the database, as far as it comes in two seconds."""
    try:
        problems = _problems(files.database)
    except sqlite3.Error as error:
        # Any other error is no verdict: somebody uses it now, the time was over, the file may not be read.
        problems = [str(error)] if error.sqlite_errorcode & _PRIMARY_CODE in _DAMAGED else []
    if problems:
        raise DataDamagedError(str(files.database), problems)


def _problems(database: Path) -> list[str]:
    began = time.monotonic()
    with closing(
        sqlite3.connect(database.as_uri() + "?mode=rw", uri=True, timeout=_PATIENCE_S)
    ) as connection:
        connection.set_progress_handler(lambda: time.monotonic() - began > _PATIENCE_S, _STEPS_BETWEEN_LOOKS)
        rows = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})")]
    lines = [line for row in rows if row != "ok" for line in row.splitlines()]
    # An index of words that another SQLite has made is not this one's to judge.
    return [line for line in lines if "FTS" not in line.upper()][:_MOST_PROBLEMS]
