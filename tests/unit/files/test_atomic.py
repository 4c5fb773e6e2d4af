from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import pytest

from devenv.errors import DevenvError
from devenv.files.atomic import make_directory, renew, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o077], ids=["open umask", "closed umask"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    old = os.umask(request.param)
    yield
    os.umask(old)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("wanted", [0o600, 0o644])
def test_a_file_has_the_mode_it_was_given(tmp_path: Path, wanted: int) -> None:
    """Neither a strict nor a lax umask changes who can read the file."""
    write_atomically(tmp_path / "file", b"x", wanted)
    assert mode(tmp_path / "file") == wanted


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("wanted", [0o700, 0o755])
def test_a_directory_has_the_mode_it_was_given(tmp_path: Path, wanted: int) -> None:
    """That holds for new directories and for those that are there."""
    for _ in ("new", "there"):
        make_directory(tmp_path / "directory", wanted)
        assert mode(tmp_path / "directory") == wanted
        (tmp_path / "directory").chmod(0o777)


def test_writing_tells_whether_anything_changed(tmp_path: Path) -> None:
    """Equal content leaves the file in place, so that nobody who watches it wakes up."""
    path = tmp_path / "file"
    assert write_atomically(path, b"old", 0o600)
    before = path.stat().st_ino
    assert not write_atomically(path, b"old", 0o600)
    assert path.stat().st_ino == before
    assert write_atomically(path, b"new", 0o600)
    assert path.read_bytes() == b"new"


def test_a_mode_is_corrected_also_when_the_content_is_equal(tmp_path: Path) -> None:
    """A secret that was opened to others is closed again."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    path.chmod(0o666)
    write_atomically(path, b"x", 0o600)
    assert mode(path) == 0o600


def test_who_reads_during_a_write_has_the_old_file(tmp_path: Path) -> None:
    """A file is replaced whole, never changed under its reader."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_atomically(path, b"new and longer", 0o600)
        assert reader.read() == b"old"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """No temporary file survives, and the error says what could not be written."""
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(DevenvError, match=f"Cannot write {target}: ") as caught:
        write_atomically(target, b"x", 0o600)
    assert [*tmp_path.iterdir()] == [target]
    assert caught.value.hint


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A file in the way is an expected error, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(DevenvError, match=r"Cannot make .*: Not a directory"):
        make_directory(tmp_path / "file" / "below", 0o700)


def test_a_renewed_file_is_newer_in_whole_seconds(tmp_path: Path) -> None:
    """Also with equal content, and when the one before it is from the future."""
    path = tmp_path / "file"
    renew(path, b"x", 0o644)
    first = path.stat()
    renew(path, b"x", 0o644)
    second = path.stat()
    assert second.st_mtime_ns >= first.st_mtime_ns + 1_000_000_000
    assert second.st_ino != first.st_ino
    ahead = second.st_mtime_ns + 3_600_000_000_000
    os.utime(path, ns=(ahead, ahead))
    renew(path, b"y", 0o644)
    assert path.stat().st_mtime_ns > ahead
    assert (path.read_bytes(), mode(path)) == (b"y", 0o644)


def test_a_file_is_renewed_whole_or_not_at_all(tmp_path: Path) -> None:
    """Nobody sees half of it, and a failure leaves the old one and nothing else."""
    path = tmp_path / "file"
    renew(path, b"old", 0o644)
    with pytest.raises(TypeError):
        renew(path, cast("bytes", None), 0o644)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"
