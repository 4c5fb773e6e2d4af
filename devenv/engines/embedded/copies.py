"""Copies of the database: workflows and what is listed of them are in one file, so one is consistent."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from devenv.engines.copying import SavedData
from devenv.engines.embedded.database import made_by
from devenv.errors import DevenvError, TemporalBinaryError
from devenv.files.atomic import explained, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.embedded.record import StackFiles

COPY = "embedded.db"
COMPONENT = "cli"
_PATIENCE_S = 30.0
# The primary code of an extended one is its last byte.
_PRIMARY_CODE = 0xFF
_UNWRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
# What SQLite keeps beside a database that was not closed well; it would apply that to the copy.
_BESIDE = ("-wal", "-shm", "-journal")


def save(files: StackFiles, directory: Path) -> SavedData:
    """Write a copy of the database by SQLite itself, which lets a server go on writing meanwhile.

    Raises:
        DevenvError: SQLite cannot read the one or write the other.
    """
    source = files.database.as_uri() + "?mode=rw"
    try:
        with (
            closing(sqlite3.connect(source, uri=True, timeout=_PATIENCE_S)) as database,
            closing(sqlite3.connect(directory / COPY)) as copy,
        ):
            database.backup(copy)
    except sqlite3.Error as error:
        raise _explained(error, files.database, directory / COPY) from error
    maker = made_by(files)
    return SavedData({COMPONENT: maker} if maker else {})


def _explained(error: sqlite3.Error, database: Path, copy: Path) -> DevenvError:
    if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _UNWRITABLE:
        hint = "make room there, and run the command again"
        return DevenvError(f"Cannot write {copy}: {error}", hint=hint)
    hint = "`devenv restart` looks whether the database is sound"
    return DevenvError(f"SQLite cannot copy {database}: {error}", hint=hint)


def check_version(versions: Mapping[str, str], version: str) -> None:
    """Return if the CLI of `version` has made the copy: there is no migration between versions.

    Raises:
        TemporalBinaryError: Another one has.
    """
    maker = versions.get(COMPONENT)
    if maker != version:
        raise TemporalBinaryError(
            f"The snapshot was made by Temporal CLI {maker or 'of an unknown version'}, "
            f"this one is {version}, and there is no migration between them",
            hint="name the Temporal CLI of the snapshot with TEMPORAL_DEVENV_TEMPORAL_BIN",
        )


def restore(files: StackFiles, directory: Path, version: str) -> None:
    """Make the copy the database; until it is complete beside it, the database is as it was.

    Raises:
        DevenvError: There is no room for it.
    """
    try:
        with explained("write", files.restored):
            shutil.copyfile(directory / COPY, files.restored)
            files.restored.chmod(0o600)
            with files.restored.open("rb") as file:
                os.fsync(file.fileno())
        # From here on there is no way back, and `settle` goes on.
        write_atomically(files.restored_version, f"{version}\n".encode(), 0o600)
    except DevenvError:
        settle(files)
        raise
    settle(files)


def settle(files: StackFiles) -> bool:
    """Finish a restore that has come so far that the copy is complete, undo another one."""
    if not files.restored_version.exists():
        files.restored.unlink(missing_ok=True)
        return False
    with explained("write", files.database):
        if files.restored.exists():
            for suffix in _BESIDE:
                files.database.with_name(files.database.name + suffix).unlink(missing_ok=True)
            files.restored.replace(files.database)
        files.restored_version.replace(files.database_version)
    return True
