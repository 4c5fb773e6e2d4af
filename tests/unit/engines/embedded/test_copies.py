"""A restore of the embedded engine that ended before its time is finished, or undone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from devenv.engines.embedded import copies
from devenv.engines.embedded.record import StackFiles
from devenv.errors import DevenvError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, word: str) -> None:
    """Make a database with one word."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table words (word)")
        database.execute("insert into words values (?)", (word,))


def word_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("select word from words").fetchone()[0])


@pytest.fixture
def files(tmp_path: Path) -> StackFiles:
    """Files of a stack whose database says `old`."""
    files = StackFiles(tmp_path)
    write(files.database, "old")
    files.database_version.write_text("1.0.0\n")
    return files


def test_half_of_a_copy_is_deleted(files: StackFiles) -> None:
    """Without the version the copy is not complete, whatever its size."""
    write(files.restored, "new")
    assert copies.settle(files) is False
    assert (word_in(files.database), files.database_version.read_text()) == ("old", "1.0.0\n")
    assert not files.restored.exists()


def test_a_complete_copy_becomes_the_database(files: StackFiles) -> None:
    """Without what SQLite keeps beside the old one, which it would apply to the new."""
    write(files.restored, "new")
    files.restored_version.write_text("2.0.0\n")
    for suffix in ("-wal", "-shm", "-journal"):
        files.database.with_name(files.database.name + suffix).write_text("of the old one")
    assert copies.settle(files) is True
    assert (word_in(files.database), files.database_version.read_text()) == ("new", "2.0.0\n")
    assert sorted(path.name for path in files.directory.iterdir()) == ["embedded.db", "embedded.db.version"]


def test_one_that_was_killed_after_the_database_was_replaced_is_finished(files: StackFiles) -> None:
    """Only the version is not in its place yet."""
    write(files.database, "new")
    files.restored_version.write_text("2.0.0\n")
    assert copies.settle(files) is True
    assert (word_in(files.database), files.database_version.read_text()) == ("new", "2.0.0\n")
    assert not files.restored_version.exists()


def test_with_nothing_begun_nothing_changes(files: StackFiles) -> None:
    """Whoever takes the lock of a stack calls it, and may call it again."""
    assert [copies.settle(files), copies.settle(files)] == [False, False]
    assert word_in(files.database) == "old"


def test_a_copy_that_cannot_be_read_leaves_the_database(files: StackFiles, tmp_path: Path) -> None:
    """And nothing of the copy."""
    with pytest.raises(DevenvError, match=files.restored.name):
        copies.restore(files, tmp_path / "not-there", "2.0.0")
    assert word_in(files.database) == "old"
    assert not files.restored.exists()
