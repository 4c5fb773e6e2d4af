"""Snapshots on the disk: complete or not there, and never another content than was saved."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from devenv.errors import (
    DevenvError,
    NameInvalidError,
    SnapshotDamagedError,
    SnapshotExistsError,
    UnknownSnapshotError,
)
from devenv.project.snapshots import MANIFEST_FILE, Manifest, SnapshotStore

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.project.snapshots import Snapshot


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots")


def manifest(name: str = "filled", stack: str = "shop") -> Manifest:
    return Manifest(
        name=name,
        stack=stack,
        project="/projects/shop",
        engine="compose",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        versions={"postgres": "17"},
        server_version="1.32.2",
        visibility="opensearch",
        parts={},
    )


def saved(store: SnapshotStore, name: str = "filled") -> Snapshot:
    (store.begin("shop") / "data").write_bytes(b"workflows")
    return store.complete(manifest(name))


def test_what_was_saved_is_found_again_and_private(store: SnapshotStore) -> None:
    """With the size and the digest of every file."""
    saved(store)
    found = store.load("filled")
    assert store.names() == ["filled"]
    assert (found.manifest.size, list(found.manifest.parts)) == (9, ["data"])
    found.check_sound()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in found.directory.iterdir()}
    assert modes == {"data": 0o600, MANIFEST_FILE: 0o600}
    assert stat.S_IMODE(found.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.root.stat().st_mode) == 0o700


def test_what_is_not_complete_has_no_name(store: SnapshotStore) -> None:
    """The next one of the stack begins anew, and so does whoever discards it."""
    (store.begin("shop") / "data").write_text("half")
    assert store.names() == []
    assert list(store.begin("shop").iterdir()) == []
    assert store.discard("shop")
    assert not store.discard("shop")
    assert list(store.root.iterdir()) == []


def test_none_is_overwritten(store: SnapshotStore) -> None:
    """Not by somebody who was slower, either."""
    saved(store)
    with pytest.raises(SnapshotExistsError):
        store.check_free("filled")
    store.begin("shop")
    with pytest.raises(SnapshotExistsError):
        store.complete(manifest())
    store.load("filled").check_sound()


@pytest.mark.parametrize("name", ["", "Filled", "a/b", "..", ".hidden", "-x", "a b", "x" * 101, "ä"])
def test_names_that_make_no_directory_are_refused(store: SnapshotStore, name: str) -> None:
    """Wherever one is given."""
    for action in (store.check_free, store.load, store.remove):
        with pytest.raises(NameInvalidError):
            action(name)


def test_one_that_is_not_there_is_unknown(store: SnapshotStore) -> None:
    """Those that there are, are told."""
    with pytest.raises(UnknownSnapshotError, match="no snapshot other"):
        store.load("other")
    saved(store)
    with pytest.raises(UnknownSnapshotError) as raised:
        store.remove("other")
    assert raised.value.details == ("there are filled",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"work", "has 4 bytes, it should have 9"), (b"workflowz", "has another content"), (None, "is missing")],
)
def test_a_file_that_changed_is_noticed(store: SnapshotStore, content: bytes | None, problem: str) -> None:
    """Cut short, of the same length, or gone."""
    path = saved(store).directory / "data"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(SnapshotDamagedError) as raised:
        store.load("filled").check_sound()
    assert problem in raised.value.details[0]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": "x"}'])
def test_a_manifest_that_is_none_is_damaged(store: SnapshotStore, text: str) -> None:
    """The snapshot can still be deleted."""
    (saved(store).directory / MANIFEST_FILE).write_text(text)
    with pytest.raises(SnapshotDamagedError, match="filled is damaged"):
        store.load("filled")
    assert store.size("filled") == 9 + len(text)
    store.remove("filled")
    assert list(store.root.iterdir()) == []


def test_one_of_a_newer_devenv_is_not_called_damaged(store: SnapshotStore) -> None:
    """It says what to do."""
    path = saved(store).directory / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 2}))
    with pytest.raises(DevenvError, match="made by a newer devenv"):
        store.load("filled")


def test_a_manifest_cannot_name_files_elsewhere(store: SnapshotStore) -> None:
    """Nobody gets to read what is outside of the snapshot."""
    path = saved(store).directory / MANIFEST_FILE
    path.write_text(path.read_text().replace('"data"', '"../data"'))
    with pytest.raises(SnapshotDamagedError):
        store.load("filled")


def test_one_that_was_renamed_has_its_new_name(store: SnapshotStore) -> None:
    """Directories can be moved, and taken to another machine."""
    saved(store).directory.rename(store.root / "renamed")
    assert store.load("renamed").name == "renamed"
