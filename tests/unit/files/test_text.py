"""The one door for files that people write."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from devenv.files.text import MIB, TextError, leads_out, read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refusal(path: Path, *, max_bytes: int = MIB, inside: Path | None = None) -> TextError:
    began = time.process_time()
    with pytest.raises(TextError) as caught:
        read_text(path, max_bytes, inside=inside)
    assert time.process_time() - began < 1
    return caught.value


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "is not a regular file"),
        (os.mkdir, "is a directory, a file is expected here"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda path: path.symlink_to("nowhere"), "cannot be read: no such file or directory"),
        (lambda path: path.symlink_to(path.name), "cannot be read: too many levels of symbolic links"),
    ],
)
def test_only_a_regular_file_comes_in(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    """A pipe would hold devenv for ever, a device would fill its memory."""
    path = tmp_path / "devenv.toml"
    make(path)
    assert refusal(path).reason == reason


def test_no_more_is_read_than_may_come_in(tmp_path: Path) -> None:
    """A file of any size is refused at once."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * MIB)
    assert refusal(path).reason == "is larger than 1 MiB"
    assert refusal(path, max_bytes=256 * 1024).reason == "is larger than 256 KiB"


def test_a_file_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    """The limit itself is allowed, in pieces or not."""
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    assert len(read_bytes(tmp_path / "a", 100_000)) == 100_000


@pytest.mark.parametrize(("content", "at"), [("a = 1", None), ("a\nb = 1" + "_1" * 600, (2, 5))])
def test_a_number_that_python_would_not_read_is_refused_at_its_place(
    tmp_path: Path, content: str, at: tuple[int, int] | None
) -> None:
    """Underscores count: every reader takes them out."""
    path = tmp_path / "a"
    path.write_text(content)
    if at is None:
        assert read_text(path) == content
    else:
        error = refusal(path)
        assert (error.reason, error.at) == ("a number of more than 1,000 digits is too long", at)


def test_a_link_may_lead_to_another_place_of_the_project_only(tmp_path: Path) -> None:
    """Else an error message would show lines of a file that is nobody's business."""
    project, outside = tmp_path / "project", tmp_path / "outside"
    for directory in (project / "seeds", outside):
        directory.mkdir(parents=True)
    (outside / "secret").write_text("secret")
    (project / "shared").write_text("shared")
    (project / "seeds" / "inner").symlink_to("../shared")
    (project / "seeds" / "outer").symlink_to(outside / "secret")
    (project / "directory").symlink_to(outside)
    assert read_text(project / "seeds" / "inner", inside=project) == "shared"
    assert read_text(project / "seeds" / "outer") == "secret"
    for path in ("seeds/outer", "directory/secret", "../outside/secret"):
        assert refusal(project / path, inside=project).reason == "is a link that leads out of the project"


def test_a_project_that_is_reached_by_a_link_is_inside_itself(tmp_path: Path) -> None:
    """What counts is where both really are."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("a")
    (tmp_path / "link").symlink_to("real")
    assert read_text(tmp_path / "link" / "a", inside=tmp_path / "link") == "a"
    assert not leads_out(tmp_path / "link" / "not there yet", tmp_path / "real")
