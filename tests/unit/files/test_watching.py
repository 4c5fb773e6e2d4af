"""Which changes of files matter, and that one is seen."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from devenv.files.watching import Watched, watch, without_ignored

PATIENCE_S = 30


@pytest.mark.parametrize(
    ("globs", "path", "matters"),
    [
        ((), "src/a.py", True),
        ((), ".venv/lib/a.py", False),
        ((), "src/__pycache__/a.pyc", False),
        (("**/*.go",), "main.go", True),
        (("**/*.go",), "cmd/worker/main.go", True),
        (("**/*.go",), "cmd/worker/main.txt", False),
        (("src/*.py",), "src/a.py", True),
        (("src/*.py",), "src/b/a.py", False),
        (("src/**",), "src/b/a.py", True),
        ((".venv/*.py",), ".venv/a.py", True),
        (("go.mod", "*.sum"), "go.sum", True),
    ],
)
def test_globs_say_what_matters(globs: tuple[str, ...], path: str, *, matters: bool) -> None:
    """As `Path.glob` means them; without any, all but what tools write."""
    assert Watched(Path("/p"), globs).matches(Path("/p") / path) is matters


def test_what_lies_elsewhere_does_not_matter() -> None:
    assert not Watched(Path("/p")).matches(Path("/q/a.py"))


def test_files_are_those_that_matter(tmp_path: Path) -> None:
    for name in ("a.py", "src/b.py", ".venv/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert {path.name for path in Watched(tmp_path).files()} == {"a.py", "b.py"}


def test_what_git_ignores_does_not_matter(tmp_path: Path) -> None:
    """Outside git everything does."""
    paths = [tmp_path / "a.log", tmp_path / "a.py"]
    assert without_ignored(tmp_path, paths) == paths
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert without_ignored(tmp_path, paths) == [tmp_path / "a.py"]


def test_a_change_is_told_to_whom_it_concerns(tmp_path: Path) -> None:
    """What follows each other closely is one change."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    stop, seen = threading.Event(), threading.Event()
    changes: list[tuple[str, set[str]]] = []

    def changed(name: str, paths: object) -> None:
        assert isinstance(paths, list)
        changes.append((name, {path.name for path in paths}))
        seen.set()

    watched = {"a": Watched(tmp_path / "a", ("*.py",)), "b": Watched(tmp_path / "b")}
    watcher = threading.Thread(target=watch, args=(watched, stop, changed))
    watcher.start()
    try:
        # Nobody says when the watching has begun.
        for _ in range(PATIENCE_S):
            (tmp_path / "a/x.txt").write_text("1")
            (tmp_path / "a/x.py").write_text("1")
            if seen.wait(1):
                break
    finally:
        stop.set()
        watcher.join(PATIENCE_S)
    assert changes
    assert {name for name, _ in changes} == {"a"}
    assert changes[0][1] == {"x.py"}
