"""Files that are exported: they follow what they are made of until somebody edits them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devenv.errors import ExportDirectoryError
from devenv.files.exported import ExportedFile, FileState, export_files

if TYPE_CHECKING:
    from pathlib import Path

RECORD = ".record.json"
FILES = {"boards/server.json": b"{}\n", "rules.yaml": b"groups: []\n"}


def states(files: list[ExportedFile]) -> dict[str, FileState]:
    return {file.path: file.state for file in files}


def content(directory: Path) -> dict[str, bytes]:
    paths = [path for path in directory.rglob("*") if path.is_file() and path.name != RECORD]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a directory that has been exported into."""
    directory = tmp_path / "below" / "out"
    assert set(states(export_files(directory, FILES, RECORD)).values()) == {FileState.WRITTEN}
    return directory


def test_written_again_nothing_changes(out: Path) -> None:
    """Not even the record."""
    before = (out / RECORD).read_bytes()
    assert set(states(export_files(out, FILES, RECORD)).values()) == {FileState.UNCHANGED}
    assert content(out) == FILES
    assert (out / RECORD).read_bytes() == before


def test_what_nobody_edited_follows(out: Path) -> None:
    """Written anew, made again where it was deleted, and removed where it is exported no longer."""
    (out / "rules.yaml").unlink()
    now = {"rules.yaml": b"groups: [1]\n", "boards/workers.json": b"[]\n"}
    assert states(export_files(out, now, RECORD)) == {
        "boards/server.json": FileState.REMOVED,
        "boards/workers.json": FileState.WRITTEN,
        "rules.yaml": FileState.WRITTEN,
    }
    assert content(out) == now


@pytest.mark.parametrize("now", [FILES, {**FILES, "rules.yaml": b"groups: [1]\n"}], ids=["same", "newer"])
def test_what_somebody_edited_stays_and_is_shown(out: Path, now: dict[str, bytes]) -> None:
    """As often as it is exported, until it is forced."""
    (out / "rules.yaml").write_text("groups: []\n# mine")
    for _ in range(2):
        server, rules = export_files(out, now, RECORD)
        assert server.state is FileState.UNCHANGED
        assert rules.state is FileState.EDITED
        assert "-# mine\n" in rules.diff
        assert content(out)["rules.yaml"] == b"groups: []\n# mine"
    export_files(out, now, RECORD, force=True)
    assert content(out) == now


def test_what_somebody_edited_is_not_removed(out: Path) -> None:
    """Though it is exported no longer."""
    (out / "rules.yaml").write_text("mine\n")
    assert states(export_files(out, {}, RECORD)) == {
        "boards/server.json": FileState.REMOVED,
        "rules.yaml": FileState.EDITED,
    }
    assert content(out) == {"rules.yaml": b"mine\n"}


@pytest.mark.parametrize("record", ["", "{", "[]", '{"rules.yaml": 1}', None])
def test_without_a_record_what_differs_is_somebodys(out: Path, record: str | None) -> None:
    """Nobody knows who wrote it."""
    (out / RECORD).unlink()
    if record is not None:
        (out / RECORD).write_text(record)
    (out / "rules.yaml").write_text("mine\n")
    assert states(export_files(out, FILES, RECORD)) == {
        "boards/server.json": FileState.UNCHANGED,
        "rules.yaml": FileState.EDITED,
    }


def test_a_record_leads_to_no_file_elsewhere(out: Path) -> None:
    """It comes along in a repository."""
    other = out.parent / "other"
    other.write_text("")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (out / RECORD).write_text(json.dumps({"../other": digest}))
    export_files(out, FILES, RECORD)
    assert other.exists()


@pytest.mark.parametrize(
    ("place", "target"),
    [("out", "file"), ("out/boards", "file"), ("out/rules.yaml", "directory"), ("out/boards", "link")],
)
def test_what_is_in_the_way_is_told_before_anything_is_written(
    tmp_path: Path, place: str, target: str
) -> None:
    """A file where a directory must be, a directory where a file must be, a link that leads elsewhere."""
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if target == "link":
        path.symlink_to(tmp_path)
    elif target == "file":
        path.touch()
    else:
        path.mkdir()
    with pytest.raises(ExportDirectoryError, match=place):
        export_files(tmp_path / "out", FILES, RECORD)
    assert {name for name in FILES if (tmp_path / "out" / name).is_file()} == set()
