"""What is remembered of a server."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from devenv.engines.embedded import database, record
from devenv.engines.embedded.record import StackFiles
from devenv.engines.host.processes import ProcessIdentity
from devenv.errors import TemporalBinaryError
from devenv.project.services import Ports

if TYPE_CHECKING:
    from pathlib import Path

RECORD = record.ServerRecord(
    process=ProcessIdentity(pid=2**22 + 1, created_at=1234.56),
    ports=Ports.of(grpc=7233, ui=8233, http=7243),
    metrics_port=9090,
    arguments=("server", "start-dev"),
    version="1.9.1",
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    log_offset=17,
)


def test_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Nothing is lost between two commands."""
    record.save(tmp_path / "embedded.json", RECORD)
    assert record.load(tmp_path / "embedded.json") == RECORD


def test_record_is_private(tmp_path: Path) -> None:
    """No other user can read it, and no temporary file stays."""
    record.save(tmp_path / "embedded.json", RECORD)
    assert [path.name for path in tmp_path.iterdir()] == ["embedded.json"]
    assert stat.S_IMODE((tmp_path / "embedded.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"process": {"pid": 1}}', '{"process": {"pid": 1, "x": 2}}']
)
def test_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    """A damaged file never stops `down`."""
    (tmp_path / "embedded.json").write_text(text, encoding="utf-8")
    assert record.load(tmp_path / "embedded.json") is None


def test_missing_record_is_none(tmp_path: Path) -> None:
    """A stack that was never launched has none."""
    assert record.load(tmp_path / "embedded.json") is None


def test_database_belongs_to_the_version_that_made_it(tmp_path: Path) -> None:
    """The same version may open it, another one is refused with both versions and both ways out."""
    files = StackFiles(tmp_path)
    database.claim(files, "1.9.1")
    files.database.touch()
    database.claim(files, "1.9.1")
    with pytest.raises(TemporalBinaryError) as caught:
        database.claim(files, "2.0.0")
    assert "1.9.1" in caught.value.message
    assert "2.0.0" in caught.value.message
    assert "down --volumes" in caught.value.hint
    assert "TEMPORAL_DEVENV_TEMPORAL_BIN" in caught.value.hint


def test_database_of_unknown_origin_is_refused(tmp_path: Path) -> None:
    """Without a note of its version nobody can say that it fits."""
    files = StackFiles(tmp_path)
    files.database.touch()
    with pytest.raises(TemporalBinaryError, match="Nothing says which version"):
        database.claim(files, "1.9.1")


def test_version_of_a_deleted_database_does_not_bind(tmp_path: Path) -> None:
    """A new database belongs to the version that makes it."""
    files = StackFiles(tmp_path)
    database.claim(files, "1.9.1")
    database.claim(files, "2.0.0")
    files.database.touch()
    database.claim(files, "2.0.0")
